#include <fmt/format.h>
#include <sys/statvfs.h>

#include "harness/cluster/doctor.h"
#include "harness/run/footprint.h"

namespace assay {
namespace {

struct SpaceFacts {
  std::string folder;       // empty: no configuration
  std::int64_t needed = 0;  // bytes
  std::int64_t free = 0;    // bytes
  std::int64_t files = -1;  // that can still be made; -1: not known
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(SpaceFacts, folder, needed, free, files)

constexpr std::int64_t kAmple = 2;       // times what is needed
constexpr std::int64_t kFewFiles = 100;  // beside a journal for each rank

}  // namespace

Json look_at_space(const Patient& patient) {
  if (patient.rank() != 0 || !patient.plan) return nullptr;
  SpaceFacts facts;
  facts.folder = patient.folder;
  const std::vector<Unit> units = units_of(*patient.plan, Finished::of_folder(patient.plan->output));
  facts.needed = footprint_of(*patient.plan, units);
  struct statvfs system {};
  if (statvfs(facts.folder.c_str(), &system) != 0)
    throw DataError(facts.folder + ": its file system says nothing");
  facts.free = static_cast<std::int64_t>(system.f_bavail) * static_cast<std::int64_t>(system.f_frsize);
  if (system.f_files > 0) facts.files = static_cast<std::int64_t>(system.f_favail);
  return facts;
}

std::vector<Finding> judge_space(const std::vector<Json>& all) {
  const SpaceFacts facts = facts_as<SpaceFacts>(all).front();
  if (facts.folder.empty()) return {};
  const std::string found = fmt::format("about {} needed, {} free in {}", readable_bytes(facts.needed),
                                        readable_bytes(facts.free), facts.folder);
  const std::string remedy = "make room, or choose another --output";
  if (facts.free < facts.needed) return {{Health::fail, "space", found, remedy}};
  const std::int64_t files = kFewFiles + static_cast<std::int64_t>(all.size());
  if (facts.files >= 0 && facts.files < files)
    return {{Health::warn, "space",
             fmt::format("only {} more files can be made in {}", facts.files, facts.folder),
             "remove files there, or choose another --output"}};
  if (facts.free < kAmple * facts.needed) return {{Health::warn, "space", found, remedy}};
  return {{Health::ok, "space", found}};
}

}  // namespace assay
