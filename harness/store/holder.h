#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace assay {

/// The job of SLURM that this process belongs to, or empty, and how often SLURM has requeued it.
std::string slurm_job();
std::int64_t slurm_restart();

/// When an open file was last written: s by the clock of its file system. Nothing when that is not to be had.
std::optional<double> written_at(int descriptor);

struct LeaseFile {
  std::string text;
  std::optional<double> written;
};

/// Nothing when there is none. DataError for any other trouble.
std::optional<LeaseFile> read_lease(const std::string& file);

/// What a lease (lease.h) says of its owner.
struct Holder {
  std::string host = "unknown", job, machine, token;
  std::int64_t restart = 0, pid = 0, born = 0;
  double age = 0;  // s
};

/// Nothing for half a lease, as a reader may see it while it is renewed.
std::optional<Holder> parsed(const std::string& text);

/// Whoever holds `file` at a time of its file system; nothing when nobody does. A lease that stays unreadable
/// has an unknown owner.
std::optional<Holder> holder_of(const std::string& file, double now);

/// Whether it has lost its lease to whoever comes: see Lease.
bool may_be_taken(const Holder& holder);

/// "host n1, SLURM job 7, process 4711".
std::string name_of(const Holder& holder);
/// With ", last seen 4 s ago".
std::string described(const Holder& holder);

}  // namespace assay
