#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

namespace assay {

/// An output folder has one owner: two runs that append to the same journals would lose each other's units.
/// FOLDER/lease.json says who it is: `host`, `job` (SLURM_JOB_ID, or empty), `restart` (how often SLURM
/// requeued it), `pid`, `renewed` (UTC), and what tells this process from others. It is made by link(), which
/// network file systems do atomically between nodes, and renewed in place, so that an owner who lost it can
/// never take it back by renewing. Ages are differences of times that the file system itself wrote down: the
/// clocks of nodes may differ.
///
/// Somebody else's lease is taken over
///   - when it was not renewed for kLife;
///   - at once when its process is gone and ran here (same boot, same process numbers);
///   - at once by the same SLURM job when it was requeued since.
/// One process at a time does that: whoever has the link FILE.takeover looks again, and replaces the file.
class Lease {
 public:
  static constexpr std::chrono::seconds kRenewal{10}, kLife{60};

  /// Creates the folder. Throws DataError when it cannot be written, or naming the owner when it has one.
  explicit Lease(const std::string& folder);
  /// Gives the folder back, if it is still held and was not abandoned.
  ~Lease();
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  /// For a run that does not end well: lease.json stays, so that the next owner learns of it.
  void abandon() { abandoned_ = true; }
  /// Names this ownership; for check_lease() in other processes of the same run.
  const std::string& token() const { return token_; }
  /// From whom it was taken over, "host n1, SLURM job 7, process 4711, last seen 4 s ago"; empty when the
  /// folder was free.
  const std::string& predecessor() const { return predecessor_; }

 private:
  std::string content() const;
  void write_draft(const std::string& draft);
  void acquire(const std::string& draft);
  bool replace(const std::string& draft);
  void look_again() const;
  void renew(const std::stop_token& stop);

  std::string folder_, file_, token_, predecessor_;
  int descriptor_ = -1;
  bool abandoned_ = false;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::jthread thread_;  // last: it uses all of the above
};

/// Throws DataError unless FOLDER/lease.json is still that of `token`: to be asked before each write, so that
/// a run that lost its folder to another (it was suspended, its node was cut off) writes nothing more.
void check_lease(const std::string& folder, const std::string& token);

}  // namespace assay
