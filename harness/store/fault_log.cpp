#include "harness/store/fault_log.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <exception>
#include <filesystem>
#include <fstream>

#include "harness/core/params.h"
#include "harness/store/files.h"
#include "harness/store/process_identity.h"

namespace assay {
namespace {

void add_faults(const std::string& file, std::vector<Fault>& faults) {
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    const Json fault = Json::parse(line, nullptr, false);
    if (!fault.is_object() || !fault.contains("what")) continue;
    faults.push_back(
        {fault.value("date", ""), fault.value("host", ""), fault.value("rank", 0), fault.value("what", "")});
  }
}

}  // namespace

std::string fault_file(const std::string& folder, int rank) {
  return fmt::format("{}/journal/rank-{:04d}.faults", folder, rank);
}

void note_fault(const std::string& folder, int rank, const std::string& what) noexcept {
  try {
    const Json fault{{"date", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)))},
                     {"host", host_name()},
                     {"rank", rank},
                     {"what", what}};
    const std::string text = fault.dump(-1, ' ', false, Json::error_handler_t::replace);
    const std::string file = fault_file(folder, rank), line = "\n" + text + "\n";
    std::filesystem::create_directories(folder + "/journal");
    const Descriptor opened(::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666));
    if (opened.get() < 0) return;
    write_all(opened.get(), line.data(), line.size(), file);
    sync(opened.get(), file);
  } catch (const std::exception&) {  // a full disk is what the journal will say
  }
}

std::vector<Fault> faults_of(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(folder + "/journal", missing))
    if (entry.path().extension() == ".faults") files.push_back(entry.path().string());
  std::ranges::sort(files);
  std::vector<Fault> faults;
  for (const std::string& file : files) add_faults(file, faults);
  std::ranges::stable_sort(faults, {}, &Fault::date);
  return faults;
}

}  // namespace assay
