#include "harness/data/decoder_process.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <opencv2/core.hpp>

#include "harness/core/error.h"
#include "harness/data/decoder_link.h"

namespace assay {
namespace {

constexpr std::chrono::hours kNoLimit{24 * 365};
constexpr std::chrono::seconds kStart{60};  // for a fresh process to say that it is there
constexpr int kCrashes = 3;                 // of one image; some may come from outside

}  // namespace

DecoderProcess::DecoderProcess() : timeout_(kNoLimit) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    throw Error(fmt::format("no socket for the decoder process: {}", std::strerror(errno)));
  const pid_t maker = getpid();
  keeper_ = fork();
  if (keeper_ == 0) keep_decoder(ends[1], maker);
  const int problem = errno;
  close(ends[1]);
  socket_ = ends[0];
  if (keeper_ > 0) return;
  close(socket_);
  throw Error(fmt::format("no process to decode images in: {}", std::strerror(problem)));
}

DecoderProcess::~DecoderProcess() {
  kill(keeper_, SIGKILL);  // takes its decoder with it
  waitpid(keeper_, nullptr, 0);
  close(socket_);
}

void DecoderProcess::set_timeout(double seconds) {
  const std::lock_guard lock(mutex_);
  timeout_ = std::chrono::duration<double>(seconds);
}

cv::Mat DecoderProcess::read(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (is_gone_ || path.size() > kDecoderPart) return read_image(path);
  for (int crashes = 0;;) {
    if (!catch_up() || !await_decoder(path)) return read_image(path);
    tell(socket_, {.word = DecoderWord::request, .request = ++request_}, path);
    const Time deadline = deadline_in(timeout_);
    DecoderHead head;
    do {
      if (!next(head, path, deadline)) return read_image(path);
    } while (decoder_ >= 0 && head.request != request_);
    if (decoder_ >= 0 && head.word == DecoderWord::pixels) {
      cv::Mat image(head.rows, head.columns, CV_8UC3);
      if (head.bytes == image.total() * image.elemSize() &&
          take_parts(reinterpret_cast<char*>(image.data), head.bytes, path, deadline))
        return image;
    } else if (decoder_ >= 0) {
      std::string problem(head.bytes, '\0');
      if (take_parts(problem.data(), head.bytes, path, deadline)) throw DataError(problem);
    }
    if (++crashes == kCrashes)
      throw DataError(fmt::format("{}: the decoder crashed ({})", path, strsignal(crash_)));
  }
}

DecoderProcess::Time DecoderProcess::deadline_in(std::chrono::duration<double> wait) {
  return std::chrono::steady_clock::now() +
         std::chrono::duration_cast<std::chrono::steady_clock::duration>(wait);
}

bool DecoderProcess::catch_up() {
  DecoderHead head;
  for (std::size_t more = 0;;) {
    const Heard heard = hear(socket_, head, nullptr, 0, more, std::chrono::steady_clock::now());
    if (heard == Heard::end) return miss_keeper();
    if (heard == Heard::nothing) return true;
    if (head.word == DecoderWord::crashed) decoder_ = -1;
    if (head.word == DecoderWord::ready) decoder_ = head.number;
  }
}

bool DecoderProcess::await_decoder(const std::string& path) {
  const Time deadline = deadline_in(kStart);
  DecoderHead head;
  while (decoder_ < 0) {
    std::size_t more = 0;
    const Heard heard = hear(socket_, head, nullptr, 0, more, deadline);
    if (heard == Heard::end) return miss_keeper();
    if (heard == Heard::nothing)
      throw DataError(
          fmt::format("{}: not decoded: the process that hangs at an earlier image cannot be "
                      "ended, which is the file system's doing",
                      path));
    if (heard == Heard::message && head.word == DecoderWord::ready) decoder_ = head.number;
  }
  return true;
}

bool DecoderProcess::next(DecoderHead& head, const std::string& path, Time deadline, char* to,
                          std::size_t room) {
  std::size_t more = 0;
  const Heard heard = hear(socket_, head, to, room, more, deadline);
  if (heard == Heard::end) return miss_keeper();
  if (heard == Heard::nothing) stop_decoder(path);
  if (head.word == DecoderWord::crashed) {
    crash_ = head.number;
    decoder_ = -1;
  }
  if (head.word == DecoderWord::part && head.request == request_) taken_ += more;
  return true;
}

bool DecoderProcess::take_parts(char* to, std::size_t bytes, const std::string& path, Time deadline) {
  DecoderHead head;
  for (taken_ = 0; taken_ < bytes;)
    if (!next(head, path, deadline, to + taken_, bytes - taken_) || decoder_ < 0) return false;
  return true;
}

void DecoderProcess::stop_decoder(const std::string& path) {
  if (decoder_ > 0) kill(decoder_, SIGKILL);
  decoder_ = -1;
  throw DataError(
      fmt::format("{}: decoding took longer than {:g} s and was stopped", path, timeout_.count()));
}

bool DecoderProcess::miss_keeper() {
  fmt::print(stderr, "assay: the decoder process was killed; images are decoded without a limit of time\n");
  is_gone_ = true;
  decoder_ = -1;
  return false;
}

}  // namespace assay
