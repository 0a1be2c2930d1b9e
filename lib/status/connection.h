// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>

namespace contimg::status {

/// A connected socket with deadlines: whoever sends or takes too slowly is given up, however steadily
/// the bytes trickle. Closes it when destroyed.
class Connection {
 public:
  explicit Connection(int socket) : socket_(socket) {}
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Waits for the first byte of a request, at most `idle_s`, or until `stopped`; false: none came.
  bool await(double idle_s, const std::function<bool()>& stopped);
  /// Reads on until `bytes` holds `enough`, at most `most` bytes and until the deadline.
  enum class Reading { done, ended, late };
  Reading read_until(std::string& bytes, const std::function<bool(const std::string&)>& enough,
                     std::size_t most, double deadline_s);
  /// Sends all; false when it was not taken until the deadline.
  bool send_all(const std::string& bytes, double deadline_s);
  /// Says that nothing more comes, and takes what was still being sent, for at most half a second, so
  /// that the other side gets to read the answer.
  void finish();

  std::string peer() const;

 private:
  const int socket_;
};

/// Seconds by a clock that does not go back.
double steady_now_s();

}  // namespace contimg::status
