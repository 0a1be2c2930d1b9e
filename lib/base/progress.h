// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>

namespace contimg {

/// Lets Progress draw, or not; run_tool() sets it from --quiet. Not by default.
void show_progress(bool shown);

/// A bar on stderr for work of known length. Draws only when show_progress() allows it, stderr is
/// a terminal, and the work has taken more than 1.5 s; wiped when destroyed. advance() may be
/// called from several threads at once and costs nothing to speak of.
class Progress {
 public:
  /// `total` in any unit; 0 draws nothing.
  Progress(std::string label, std::size_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void advance(std::size_t amount = 1);

  std::size_t done() const { return done_; }

 private:
  void draw(std::chrono::steady_clock::time_point now);

  const std::string label_;
  const std::size_t total_;
  const bool visible_;
  const std::chrono::steady_clock::time_point start_;
  std::atomic<std::size_t> done_{0};
  std::mutex drawing_;  ///< Guards the two below.
  std::chrono::steady_clock::time_point next_;
  bool drawn_ = false;
};

/// One line of a bar, without line end: "label [#####.....]  50 %  12 s, 12 s left".
std::string progress_line(const std::string& label, std::size_t done, std::size_t total,
                          double elapsed_s);

}  // namespace contimg
