#include "harness/cluster/doctor.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "harness/core/first_line.h"
#include "harness/store/process_identity.h"

namespace assay {

#define CHECKUP(identifier)                  \
  Json look_at_##identifier(const Patient&); \
  std::vector<Finding> judge_##identifier(const std::vector<Json>& facts);
#include "harness/cluster/checks.def"
#undef CHECKUP

namespace {

const std::string kFailure = "could not look";  // key of the facts of a rank whose look threw

Json look_safely(const Check& check, const Patient& patient) {
  try {
    return check.look(patient);
  } catch (const std::exception& error) {
    return {{kFailure, first_line(error.what())}};
  }
}

std::vector<Json> facts_of_all(const Check& check, const Patient& patient) {
  const std::string mine = look_safely(check, patient).dump(-1, ' ', false, Json::error_handler_t::replace);
  std::vector<Json> facts;
  for (const std::string& text : patient.ranks ? patient.ranks->gather(mine) : std::vector<std::string>{mine})
    facts.push_back(Json::parse(text));
  return facts;
}

std::vector<Finding> judge(const Check& check, const std::vector<Json>& facts) {
  for (std::size_t rank = 0; rank < facts.size(); ++rank)
    if (facts[rank].is_object() && facts[rank].contains(kFailure))
      return {{Health::fail, check.name,
               fmt::format("rank {}: {}", rank, facts[rank][kFailure].get<std::string>())}};
  return check.judge(facts);
}

/// The folder itself, or the nearest above it that is there.
std::string existing(const std::string& folder) {
  std::filesystem::path path = std::filesystem::absolute(folder);
  std::error_code ignored;
  while (!std::filesystem::is_directory(path, ignored) && path != path.parent_path())
    path = path.parent_path();
  return path.string();
}

/// A file of rank 0 for the others to find, while it lives.
class Marker {
 public:
  explicit Marker(const Patient& patient) : mine_(patient.rank() == 0 && !patient.folder.empty()) {
    if (mine_) create(patient.folder);
    if (patient.ranks) file_ = patient.ranks->broadcast(file_);
  }
  ~Marker() {
    std::error_code ignored;
    if (mine_ && !file_.empty()) std::filesystem::remove(file_, ignored);
  }
  Marker(const Marker&) = delete;
  Marker& operator=(const Marker&) = delete;
  /// Empty where it could not be made.
  const std::string& file() const { return file_; }

 private:
  void create(const std::string& folder) {
    file_ = fmt::format("{}/.assay-doctor-was-here-{}-{}", folder, host_name(), ::getpid());
    std::ofstream stream(file_);
    if (!stream) file_.clear();
    stream << "assay doctor\n";
  }

  bool mine_;
  std::string file_;
};

std::optional<Plan> plan_of(const RunRequest& request, std::string& mistake) {
  if (request.config.empty()) return {};
  try {
    return make_plan(load_config(request.config, request.overrides), request.plan);
  } catch (const Error& error) {
    mistake = error.what();
    return {};
  }
}

}  // namespace

std::string line_of(const Finding& finding) {
  constexpr std::array<const char*, 3> kWords{"ok", "warn", "fail"};
  return fmt::format("{:<4}  {}: {}{}{}", kWords.at(static_cast<std::size_t>(finding.health)), finding.what,
                     finding.found, finding.remedy.empty() ? "" : "; ", finding.remedy);
}

Finding finding_of(Health health, std::string what, std::string_view message) {
  const std::size_t end = message.find("; ");
  if (end == message.npos) return {health, std::move(what), std::string(message)};
  return {health, std::move(what), std::string(message.substr(0, end)), std::string(message.substr(end + 2))};
}

const std::vector<Check>& checks() {
  static const std::vector<Check> all{
#define CHECKUP(identifier) {#identifier, look_at_##identifier, judge_##identifier},
#include "harness/cluster/checks.def"
#undef CHECKUP
  };
  return all;
}

std::vector<Finding> examine(const RunRequest& request, const Ranks* ranks,
                             const std::string& launch_problem) {
  Patient patient{.ranks = ranks, .launch_problem = launch_problem};
  const std::optional<Plan> plan = plan_of(request, patient.mistake);
  at::set_num_threads(plan ? plan->threads : 1);
  if (plan) {
    patient.plan = &*plan;
    patient.folder = existing(plan->output);
  }
  const Marker marker(patient);
  patient.marker = marker.file();
  std::vector<Finding> findings;
  for (const Check& check : checks()) {
    const std::vector<Json> facts = facts_of_all(check, patient);
    if (patient.rank() == 0)
      for (Finding& finding : judge(check, facts)) findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace assay
