#include "harness/data/decoder_link.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <opencv2/core.hpp>
#include <string>
#include <thread>

#include "harness/data/image_reader.h"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

/// To the kernel a wait of at most a day.
int milliseconds_until(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 86'400'000));
}

void die_with(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(0);
}

/// Signals that stop a run are for the run. Other descriptors would keep connections and terminals of a rank
/// that died open.
int leave_everything_but(int socket) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2}) signal(number, SIG_IGN);
  prctl(PR_SET_NAME, "assay-decoder");
  const int nowhere = open("/dev/null", O_RDWR);
  constexpr int kSocket = 3;
  if (nowhere < 0 || (socket != kSocket && dup2(socket, kSocket) < 0)) _exit(0);
  for (const int standard : {0, 1, 2}) dup2(nowhere, standard);
  closefrom(kSocket + 1);
  return kSocket;
}

bool answer(int socket, std::uint64_t request, const std::string& path) {
  DecoderHead head{.word = DecoderWord::failed, .request = request};
  std::string problem;
  try {
    const cv::Mat image = read_image(path);
    head.word = DecoderWord::pixels;
    head.rows = image.rows;
    head.columns = image.cols;
    const cv::Mat whole = image.isContinuous() ? image : image.clone();
    return tell_all(socket, head,
                    {reinterpret_cast<const char*>(whole.data), whole.total() * whole.elemSize()});
  } catch (const std::exception& error) {
    problem = error.what();
  }
  return tell_all(socket, head, problem);
}

[[noreturn]] void decode_requests(int socket) {
  tell(socket, {.word = DecoderWord::ready, .number = getpid()});
  std::string path(kDecoderPart, '\0');
  for (DecoderHead head;;) {
    std::size_t length = 0;
    const Heard heard =
        hear(socket, head, path.data(), path.size(), length, Clock::now() + std::chrono::hours(1));
    if (heard == Heard::end) _exit(0);
    if (heard == Heard::message && !answer(socket, head.request, path.substr(0, length))) _exit(0);
  }
}

}  // namespace

bool tell(int socket, DecoderHead head, std::string_view more) {
  iovec parts[2] = {{&head, sizeof head}, {const_cast<char*>(more.data()), more.size()}};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  while (sendmsg(socket, &message, MSG_NOSIGNAL) < 0)
    if (errno != EINTR) return false;
  return true;
}

bool tell_all(int socket, DecoderHead head, std::string_view bytes) {
  head.bytes = bytes.size();
  if (!tell(socket, head)) return false;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), kDecoderPart)))
    if (!tell(socket, {.word = DecoderWord::part, .request = head.request}, bytes.substr(0, kDecoderPart)))
      return false;
  return true;
}

Heard hear(int socket, DecoderHead& head, char* to, std::size_t room, std::size_t& more,
           Clock::time_point deadline) {
  iovec parts[2] = {{&head, sizeof head}, {to, room}};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  for (;;) {
    pollfd wait{.fd = socket, .events = POLLIN, .revents = 0};
    const int ready = poll(&wait, 1, milliseconds_until(deadline));
    if (ready == 0) return Heard::nothing;
    if (ready < 0 && errno == EINTR) continue;
    const ssize_t got = ready < 0 ? -1 : recvmsg(socket, &message, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < static_cast<ssize_t>(sizeof head)) return Heard::end;
    more = static_cast<std::size_t>(got) - sizeof head;
    return Heard::message;
  }
}

void keep_decoder(int socket, pid_t maker) {
  die_with(maker);
  socket = leave_everything_but(socket);
  const pid_t keeper = getpid();
  for (;;) {
    const pid_t decoder = fork();
    if (decoder == 0) {
      die_with(keeper);
      decode_requests(socket);
    }
    if (decoder < 0) {  // no process to be had just now
      std::this_thread::sleep_for(std::chrono::seconds(1));
      continue;
    }
    int status = 0;
    while (waitpid(decoder, &status, 0) < 0 && errno == EINTR) continue;
    if (WIFEXITED(status)) _exit(0);
    tell(socket, {.word = DecoderWord::crashed, .number = WTERMSIG(status)});
  }
}

}  // namespace assay
