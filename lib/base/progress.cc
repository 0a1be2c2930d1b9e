// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/clock.h"

namespace contimg {
namespace {

constexpr auto kPatience = std::chrono::milliseconds(1500);
constexpr auto kInterval = std::chrono::milliseconds(200);
constexpr std::size_t kWidth = 30;

std::atomic<bool> progress_shown{false};

}  // namespace

void show_progress(bool shown) { progress_shown = shown; }

std::string progress_line(const std::string& label, std::size_t done, std::size_t total,
                          double elapsed_s) {
  const double share =
      total == 0 ? 1.0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  const auto filled = static_cast<std::size_t>(share * kWidth);
  char numbers[80];
  if (share > 0)
    std::snprintf(numbers, sizeof numbers, " %3.0f %%  %.0f s, %.0f s left",
                  std::floor(100 * share), elapsed_s, elapsed_s * (1 - share) / share);
  else
    std::snprintf(numbers, sizeof numbers, "   0 %%  %.0f s", elapsed_s);
  return label + " [" + std::string(filled, '#') + std::string(kWidth - filled, '.') + "]" +
         numbers;
}

Progress::Progress(std::string label, std::size_t total)
    : label_(std::move(label)),
      total_(total),
      visible_(total > 0 && progress_shown && isatty(STDERR_FILENO) == 1),
      start_(Clock::now()),
      next_(start_ + kPatience) {}

Progress::~Progress() {
  if (drawn_) std::fputs("\r\033[K", stderr);
}

void Progress::advance(std::size_t amount) {
  done_ += amount;
  if (!visible_) return;
  const std::unique_lock<std::mutex> lock(drawing_, std::try_to_lock);
  if (!lock.owns_lock()) return;
  const auto now = Clock::now();
  if (now >= next_) draw(now);
}

void Progress::draw(Clock::time_point now) {
  const double elapsed_s = std::chrono::duration<double>(now - start_).count();
  std::fprintf(stderr, "\r%s\033[K", progress_line(label_, done_, total_, elapsed_s).c_str());
  next_ = now + kInterval;
  drawn_ = true;
}

}  // namespace contimg
