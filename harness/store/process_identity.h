#pragma once

#include <cstdint>
#include <string>

namespace assay {

/// The name of this node.
std::string host_name();

/// Names what process numbers are numbers of: this boot of this machine, and the process namespace. Empty
/// when the system does not say.
std::string machine_identity();

/// When a process of this machine began, in clock ticks since boot; -1 when there is none of this number, or
/// only its remains (a zombie). Together they name a process for all time.
std::int64_t birth_of(std::int64_t pid);

/// Whether the process of this machine that began at `birth` works no more: its number is free or another
/// one's, or it is a zombie. One that is there but hidden (/proc mounted with hidepid) is not gone.
bool is_gone(std::int64_t pid, std::int64_t birth);

}  // namespace assay
