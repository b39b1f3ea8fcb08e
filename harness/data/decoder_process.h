#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>

#include "harness/data/image_reader.h"

namespace assay {

struct DecoderHead;

/// Decodes image files in a process of its own: one that hangs a decoder (or the file system) is killed after
/// a time, one that crashes it takes nothing with it, and the next image finds a fresh process.
///
/// It is forked from a keeper, which is forked here and does nothing else: no program is started (which takes
/// 0.7 s where LibTorch and OpenCV are linked), and nobody forks who has threads, registered memory or a GPU.
/// So one must be made before MPI is initialised and before LibTorch computes anything. Keeper and decoder
/// die with whoever made them. Pixels come through a socket (0.14 ms for 500 x 375).
class DecoderProcess : public ImageReader {
 public:
  /// Throws Error when the system refuses another process.
  DecoderProcess();
  ~DecoderProcess() override;
  DecoderProcess(const DecoderProcess&) = delete;
  DecoderProcess& operator=(const DecoderProcess&) = delete;

  /// Seconds for one image; without it there is no limit.
  void set_timeout(double seconds);
  /// As read_image(); also DataError `FILE: decoding took longer than 30 s and was stopped` and `FILE: the
  /// decoder crashed (Segmentation fault)`, the latter when it did so three times.
  cv::Mat read(const std::string& path) override;

 private:
  using Time = std::chrono::steady_clock::time_point;

  static Time deadline_in(std::chrono::duration<double> wait);
  /// The next message, with what follows it at `to`. Stops the decoder when none comes. False: the keeper is
  /// gone.
  bool next(DecoderHead& head, const std::string& path, Time deadline, char* to = nullptr,
            std::size_t room = 0);
  /// All parts of the present answer; false when the decoder or its keeper is gone.
  bool take_parts(char* to, std::size_t bytes, const std::string& path, Time deadline);
  /// Hears what happened since the last image: a decoder that was killed meanwhile is not the next one's
  /// doing. False: the keeper is gone.
  bool catch_up();
  /// Until a decoder waits for an image. False: the keeper is gone.
  bool await_decoder(const std::string& path);
  [[noreturn]] void stop_decoder(const std::string& path);
  bool miss_keeper();

  std::mutex mutex_;
  int socket_ = -1;
  pid_t keeper_ = -1;
  pid_t decoder_ = -1;    // that is there; -1 until one says so
  int crash_ = 0;         // signal that ended the latest one
  bool is_gone_ = false;  // the keeper
  std::uint64_t request_ = 0;
  std::size_t taken_ = 0;  // bytes of the present answer
  std::chrono::duration<double> timeout_;
};

}  // namespace assay
