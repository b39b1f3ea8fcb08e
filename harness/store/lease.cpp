#include "harness/store/lease.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <random>

#include "harness/core/error.h"
#include "harness/core/params.h"
#include "harness/store/files.h"
#include "harness/store/holder.h"
#include "harness/store/process_identity.h"

namespace assay {
namespace {

constexpr int kAttempts = 20;                      // at a lease that comes and goes
constexpr std::chrono::milliseconds kSettle{200};  // until a race for a dead lease is decided

[[noreturn]] void refuse(const std::string& folder, const Holder& holder) {
  throw DataError(
      fmt::format("{}: another run is writing there ({}); wait for it or choose another --output; one that "
                  "died is given up {} s after it was last seen",
                  folder, described(holder), Lease::kLife.count()));
}

/// The right to replace a dead lease, which one process has at a time: FILE.takeover, a link to its draft.
/// One that its owner left by dying is removed as a dead lease is replaced.
class Takeover {
 public:
  /// `now` is a time of the file system.
  Takeover(const std::string& draft, const std::string& lease, const std::string& token, double now)
      : file_(lease + ".takeover"), held_(::link(draft.c_str(), file_.c_str()) == 0) {
    others_ = !held_ && errno == EEXIST;
    if (!others_) return;
    const auto rival = holder_of(file_, now);
    held_ = rival && rival->token == token;  // the answer to a link() that worked was lost
    others_ = !held_;
    if (others_ && rival && may_be_taken(*rival)) ::unlink(file_.c_str());
  }
  ~Takeover() {
    if (held_) ::unlink(file_.c_str());
  }
  Takeover(const Takeover&) = delete;
  Takeover& operator=(const Takeover&) = delete;

  bool is_mine() const { return held_; }
  /// Neither: the file system has no link().
  bool is_somebody_elses() const { return others_; }

 private:
  std::string file_;
  bool held_, others_ = false;
};

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
    if (!abandoned_) ::unlink(file_.c_str());
  } catch (const DataError&) {  // somebody else's by now
  }
  ::close(descriptor_);
}

std::string Lease::content() const {
  const Json lease{{"host", host_name()},
                   {"job", slurm_job()},
                   {"restart", slurm_restart()},
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
    if (replace(draft)) return look_again();
    std::this_thread::sleep_for(kSettle);
  }
  throw DataError(fmt::format("{}: its lease.json comes and goes; look who else is writing there", folder_));
}

/// False when somebody else is replacing it, or nobody has it any more.
bool Lease::replace(const std::string& draft) {
  const double now = written_at(descriptor_).value_or(0);
  const Takeover right(draft, file_, token_, now);
  if (right.is_somebody_elses()) return false;
  const auto holder = holder_of(file_, now);
  if (holder && !may_be_taken(*holder)) refuse(folder_, *holder);
  if (!holder && right.is_mine()) return false;
  if (holder) predecessor_ = described(*holder);
  if (std::rename(draft.c_str(), file_.c_str()) != 0) fail_errno(file_);
  return true;
}

/// Where there is no link(), several may have replaced a dead lease: the last one has it.
void Lease::look_again() const {
  std::this_thread::sleep_for(kSettle);
  const auto holder = holder_of(file_, written_at(descriptor_).value_or(0));
  if (!holder)
    throw DataError(
        fmt::format("{}: its lease.json was removed while it was taken over; run again", folder_));
  if (holder->token != token_) refuse(folder_, *holder);
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
