#include "bench/conclude.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <iostream>

#include "harness/core/error.h"

namespace assay::bench {

int conclude(CLI::App& program, int argc, char** argv) {
  program.fallthrough();
  program.add_option_function<int>("--threads", at::set_num_threads, "threads of LibTorch")
      ->check(CLI::PositiveNumber);
  at::set_num_threads(1);
  try {
    program.parse(argc, argv);
    return 0;
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? 0 : 2;
  } catch (const ConfigError& error) {
    fmt::print(stderr, "{}: {}\n", program.get_name(), error.what());
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}: {}\n", program.get_name(), error.what());
    return 1;
  }
}

void wait_for_start() {
  std::cout << "ready" << std::endl;
  std::string line;
  std::getline(std::cin, line);
}

}  // namespace assay::bench
