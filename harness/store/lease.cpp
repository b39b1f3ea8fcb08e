#include "harness/store/lease.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <random>

#include "harness/core/error.h"
#include "harness/core/params.h"
#include "harness/store/files.h"
#include "harness/store/process_identity.h"

namespace assay {
namespace {

constexpr int kAttempts = 20;                             // at a lease that comes and goes
constexpr std::chrono::milliseconds kSettle{200};         // until a race for a dead lease is decided
constexpr std::chrono::milliseconds kUnreadableWait{20};  // a reader may see half of a renewal

std::string variable(const char* name) {
  const char* text = std::getenv(name);
  return text ? text : "";
}

double seconds_of(const timespec& time) {
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// When a file was last written, by the clock of its file system; nothing when it is not there.
std::optional<double> written_at(int descriptor) {
  struct stat about {};
  if (::fstat(descriptor, &about) != 0) return {};
  return seconds_of(about.st_mtim);
}

struct LeaseFile {
  std::string text;
  std::optional<double> written;
};

/// Nothing when there is none. DataError for any other trouble.
std::optional<LeaseFile> read_lease(const std::string& file) {
  const Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (opened.get() < 0 && errno == ENOENT) return {};
  if (opened.get() < 0) fail_errno(file);
  char buffer[4096];
  const ssize_t got = ::pread(opened.get(), buffer, sizeof buffer, 0);
  if (got < 0) fail_errno(file);
  return LeaseFile{std::string(buffer, static_cast<std::size_t>(got)), written_at(opened.get())};
}

/// What a lease says of its owner.
struct Holder {
  std::string host = "unknown", job, machine, token;
  std::int64_t restart = 0, pid = 0, born = 0;
  double age = 0;  // s
};

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

/// Whoever holds `file` at a time of its file system; nothing when nobody does. A lease that stays unreadable
/// has an unknown owner.
std::optional<Holder> holder_of(const std::string& file, double now) {
  for (int attempt = 0;; ++attempt) {
    const auto lease = read_lease(file);
    if (!lease) return {};
    std::optional<Holder> holder = parsed(lease->text);
    if (!holder && attempt < kAttempts) {
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
  if (here && birth_of(holder.pid) != holder.born) return true;
  if (holder.job.empty() || holder.job != variable("SLURM_JOB_ID")) return false;
  return !here || std::atoll(variable("SLURM_RESTART_COUNT").c_str()) > holder.restart;
}

[[noreturn]] void refuse(const std::string& folder, const Holder& holder) {
  throw DataError(
      fmt::format("{}: another run is writing there ({}); wait for it or choose another --output; one that "
                  "died is given up {} s after it was last seen",
                  folder, described(holder), Lease::kLife.count()));
}

std::string new_token() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}", random(), random(), random());
}

}  // namespace

Lease::Lease(const std::string& folder)
    : folder_(folder), file_(folder + "/lease.json"), token_(new_token()) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) throw DataError(fmt::format("{}: cannot be written: {}", folder, problem.message()));
  const std::string draft = fmt::format("{}.{}", file_, token_);
  try {
    write_draft(draft);
    acquire(draft);
  } catch (...) {
    ::unlink(draft.c_str());
    if (descriptor_ >= 0) ::close(descriptor_);
    throw;
  }
  ::unlink(draft.c_str());
  thread_ = std::jthread([this](const std::stop_token& stop) { renew(stop); });
}

Lease::~Lease() {
  thread_.request_stop();
  thread_.join();
  try {
    check_lease(folder_, token_);
    ::unlink(file_.c_str());
  } catch (const DataError&) {  // somebody else's by now
  }
  ::close(descriptor_);
}

std::string Lease::content() const {
  const Json lease{{"host", host_name()},
                   {"job", variable("SLURM_JOB_ID")},
                   {"restart", std::atoll(variable("SLURM_RESTART_COUNT").c_str())},
                   {"pid", static_cast<std::int64_t>(::getpid())},
                   {"born", birth_of(::getpid())},
                   {"machine", machine_identity()},
                   {"token", token_},
                   {"renewed", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)))}};
  return lease.dump() + "\n";
}

void Lease::write_draft(const std::string& draft) {
  descriptor_ = ::open(draft.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor_ < 0)
    throw DataError(fmt::format("{}: cannot be written: {}", folder_, std::strerror(errno)));
  const std::string text = content();
  write_all(descriptor_, text.data(), text.size(), folder_ + ": cannot be written");
  sync(descriptor_, folder_ + ": cannot be written");
}

void Lease::acquire(const std::string& draft) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (::link(draft.c_str(), file_.c_str()) == 0) return;
    const bool taken = errno == EEXIST;
    const auto holder = holder_of(file_, written_at(descriptor_).value_or(0));
    if (holder && holder->token == token_) return;  // the answer to a link() that worked was lost
    if (holder && !may_be_taken(*holder)) refuse(folder_, *holder);
    if (!holder && taken) continue;  // given back meanwhile
    if (holder) predecessor_ = described(*holder);
    if (replace(draft)) return;
  }
  throw DataError(fmt::format("{}: its lease.json comes and goes; look who else is writing there", folder_));
}

/// Several may replace a dead lease: the last one has it, and the others see that.
bool Lease::replace(const std::string& draft) {
  if (std::rename(draft.c_str(), file_.c_str()) != 0) fail_errno(file_);
  std::this_thread::sleep_for(kSettle);
  const auto holder = holder_of(file_, written_at(descriptor_).value_or(0));
  if (holder && holder->token != token_) refuse(folder_, *holder);
  if (holder) return true;
  throw DataError(fmt::format("{}: its lease.json was removed while it was taken over; run again", folder_));
}

void Lease::renew(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    changed_.wait_for(lock, stop, kRenewal, [] { return false; });
    if (stop.stop_requested()) return;
    const std::string text = content();
    if (::pwrite(descriptor_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()))
      ::fsync(descriptor_);
  }
}

void check_lease(const std::string& folder, const std::string& token) {
  const auto lease = read_lease(folder + "/lease.json");
  if (lease && lease->text.find(token) != std::string::npos) return;
  const std::optional<Holder> holder = lease ? parsed(lease->text) : std::nullopt;
  throw DataError(fmt::format("{}: {}: stopped before writing on; what the journals hold counts", folder,
                              holder ? fmt::format("another run has taken over ({})", name_of(*holder))
                                     : "its lease.json was removed"));
}

}  // namespace assay
