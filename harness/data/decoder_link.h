#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace assay {

// How a DecoderProcess and its maker talk: messages on a socket that keeps their bounds, each a head and what
// follows it. What a killed decoder left unfinished can so be passed over.

enum class DecoderWord : std::uint32_t {
  ready,    // decoder: `number` is its process
  request,  // maker: the path follows
  pixels,   // decoder: `rows` x `columns` x 3 bytes come in parts
  failed,   // decoder: so many `bytes` of text come in parts
  part,     // decoder: the next bytes follow
  crashed,  // keeper: signal `number` ended the decoder
};

struct DecoderHead {
  DecoderWord word = DecoderWord::ready;
  std::int32_t number = 0, rows = 0, columns = 0;
  std::uint64_t request = 0;  // that this answers
  std::uint64_t bytes = 0;    // of the whole answer
};

inline constexpr std::size_t kDecoderPart = 1 << 16;  // bytes that follow a head, at most

/// Sends a head and what follows. False when nobody is there any more.
bool tell(int socket, DecoderHead head, std::string_view more = {});
/// A head, then all of `bytes` in parts.
bool tell_all(int socket, DecoderHead head, std::string_view bytes);

enum class Heard { message, nothing, end };
/// The next message before `deadline`; what follows its head goes to `to`, at most `room` bytes, and `more`
/// says how much it was. `end`: the other side is gone.
Heard hear(int socket, DecoderHead& head, char* to, std::size_t room, std::size_t& more,
           std::chrono::steady_clock::time_point deadline);

/// The process that DecoderProcess forks: keeps a decoder at work on the socket until its maker is gone.
[[noreturn]] void keep_decoder(int socket, pid_t maker);

}  // namespace assay
