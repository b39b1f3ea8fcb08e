#pragma once

#include <exception>
#include <string>

namespace assay::test {

/// The message of the exception of type E that `act` throws; otherwise what happened instead.
template <class E, class Act>
std::string error_text(Act act) {
  try {
    act();
  } catch (const E& error) {
    return error.what();
  } catch (const std::exception& error) {
    return std::string("another exception: ") + error.what();
  }
  return "nothing was thrown";
}

}  // namespace assay::test
