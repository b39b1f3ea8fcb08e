#include "harness/store/process_identity.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <sstream>

namespace assay {
namespace {

/// /proc/PID/stat; empty when there is none, or none for us.
std::string told_of(std::int64_t pid) {
  std::ifstream stream(fmt::format("/proc/{}/stat", pid));
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

std::string host_name() {
  char name[256] = "";
  gethostname(name, sizeof name - 1);
  return name;
}

std::string machine_identity() {
  std::string boot;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> boot;
  char space[64] = "";
  const ssize_t length = readlink("/proc/self/ns/pid", space, sizeof space - 1);
  if (boot.empty() || length <= 0) return "";
  return boot + " " + std::string(space, static_cast<std::size_t>(length));
}

std::int64_t birth_of(std::int64_t pid) {
  const std::string line = told_of(pid);
  const std::size_t name = line.rfind(')');  // a program's name may hold anything
  if (name == std::string::npos) return -1;
  std::istringstream fields(line.substr(name + 1));
  std::string state, skipped;
  fields >> state;
  constexpr int kBetween = 18;  // fields 4 to 21 of proc(5)
  for (int i = 0; i < kBetween; ++i) fields >> skipped;
  std::int64_t birth = -1;
  if (state == "Z" || state == "X" || !(fields >> birth)) return -1;
  return birth;
}

bool is_gone(std::int64_t pid, std::int64_t birth) {
  if (::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH) return true;
  return !told_of(pid).empty() && birth_of(pid) != birth;
}

}  // namespace assay
