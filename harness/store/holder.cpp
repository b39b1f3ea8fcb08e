#include "harness/store/holder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "harness/core/error.h"
#include "harness/core/params.h"
#include "harness/store/files.h"
#include "harness/store/lease.h"
#include "harness/store/process_identity.h"

namespace assay {
namespace {

constexpr int kReadings = 20;                             // of a lease that is half renewed
constexpr std::chrono::milliseconds kUnreadableWait{20};  // between them

std::string variable(const char* name) {
  const char* text = std::getenv(name);
  return text ? text : "";
}

}  // namespace

std::string slurm_job() {
  return variable("SLURM_JOB_ID");
}

std::int64_t slurm_restart() {
  return std::atoll(variable("SLURM_RESTART_COUNT").c_str());
}

std::optional<double> written_at(int descriptor) {
  struct stat about {};
  if (::fstat(descriptor, &about) != 0) return {};
  return static_cast<double>(about.st_mtim.tv_sec) + 1e-9 * static_cast<double>(about.st_mtim.tv_nsec);
}

std::optional<LeaseFile> read_lease(const std::string& file) {
  const Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (opened.get() < 0 && errno == ENOENT) return {};
  if (opened.get() < 0) fail_errno(file);
  char buffer[4096];
  const ssize_t got = ::pread(opened.get(), buffer, sizeof buffer, 0);
  if (got < 0) fail_errno(file);
  return LeaseFile{std::string(buffer, static_cast<std::size_t>(got)), written_at(opened.get())};
}

std::optional<Holder> parsed(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return {};
  try {
    return Holder{.host = json.at("host"),
                  .job = json.at("job"),
                  .machine = json.at("machine"),
                  .token = json.at("token"),
                  .restart = json.at("restart"),
                  .pid = json.at("pid"),
                  .born = json.at("born")};
  } catch (const Json::exception&) {
    return {};
  }
}

std::optional<Holder> holder_of(const std::string& file, double now) {
  for (int attempt = 0;; ++attempt) {
    const auto lease = read_lease(file);
    if (!lease) return {};
    std::optional<Holder> holder = parsed(lease->text);
    if (!holder && attempt < kReadings) {
      std::this_thread::sleep_for(kUnreadableWait);
      continue;
    }
    if (!holder) holder.emplace();
    holder->age = std::max(0.0, now - lease->written.value_or(now));
    return holder;
  }
}

std::string name_of(const Holder& holder) {
  return fmt::format("host {}{}{}, process {}", holder.host, holder.job.empty() ? "" : ", SLURM job ",
                     holder.job, holder.pid);
}

std::string described(const Holder& holder) {
  return fmt::format("{}, last seen {:.0f} s ago", name_of(holder), holder.age);
}

bool may_be_taken(const Holder& holder) {
  if (holder.age >= std::chrono::duration<double>(Lease::kLife).count()) return true;
  const bool here = !holder.machine.empty() && holder.machine == machine_identity();
  if (here && is_gone(holder.pid, holder.born)) return true;
  if (holder.job.empty() || holder.job != slurm_job()) return false;
  return slurm_restart() > holder.restart;
}

}  // namespace assay
