// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace contimg::status {

/// What must be known of a request before the HTTP library may see it.
struct HttpHead {
  std::size_t body_byte = 0;  ///< That follow the head.
  bool keep_alive = true;
  bool expects_continue = false;
  int refusal = 0;  ///< The status to refuse it with; 0: it is right.
};

constexpr std::size_t kMostHeadByte = 16384, kMostBodyByte = 65536;

/// Where the head of a request ends: behind its empty line; nothing while that has not come.
std::optional<std::size_t> head_end(const std::string& bytes);

/// Judges a whole head, strictly: a request line of three parts, HTTP/1.0 or 1.1, a path that begins
/// with "/", lines that end with CR LF, names of headers that are tokens, no control characters, one
/// Host (of 1.1), at most one Content-Length, in digits. Whatever two readers could understand
/// differently is refused: folded lines, Transfer-Encoding, two lengths.
/// Refusals: 400, 411 Transfer-Encoding, 413 a body above kMostBodyByte, 414, 431 a head above
/// kMostHeadByte, 501 an unknown method, 505 another version.
HttpHead judge_head(const std::string& head);

/// A refusal as bytes to be sent, which also ends the connection.
std::string plain_refusal(int status);

/// The headers that every answer has, as lines.
const char* security_headers();

}  // namespace contimg::status
