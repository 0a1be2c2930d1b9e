// SPDX-License-Identifier: GPL-3.0-or-later
#include "group/matching.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace contimg::group {
namespace {

using queue::FileRecord;
using queue::FileState;

/// Windows ordered by time, so that a file is compared with its neighbours only.
class WindowIndex {
 public:
  explicit WindowIndex(const std::vector<Window>& windows) : windows_(windows) {
    for (std::size_t i = 0; i < windows.size(); ++i)
      if (windows[i].integration_time_s > 0) add(i);
  }

  void add(std::size_t index) {
    const Window& window = windows_[index];
    by_first_time_.emplace(window.first_time_unix_s, index);
    longest_s_ = std::max(
        longest_s_, window.last_time_unix_s - window.first_time_unix_s + window.integration_time_s);
  }

  std::optional<std::size_t> best_by_header(const FileRecord& file) const {
    std::optional<std::size_t> best;
    double best_match = 0;
    const double margin_s = longest_s_ + file.integration_time_s;
    const auto end = by_first_time_.upper_bound(file.last_time_unix_s + margin_s);
    for (auto it = by_first_time_.lower_bound(file.first_time_unix_s - margin_s); it != end; ++it) {
      const double match = header_match(file, windows_[it->second]);
      if (match <= best_match) continue;
      best_match = match;
      best = it->second;
    }
    return best;
  }

 private:
  const std::vector<Window>& windows_;
  std::multimap<double, std::size_t> by_first_time_;
  double longest_s_ = 0;
};

/// Stamps of the files of all windows in order, to find the nearest and to grow chains of files.
class StampIndex {
 public:
  explicit StampIndex(const std::vector<Window>& windows) {
    for (std::size_t i = 0; i < windows.size(); ++i)
      for (const double stamp : windows[i].stamps_unix_s) by_stamp_.emplace(stamp, i);
  }

  void add(double stamp_unix_s, std::size_t index) { by_stamp_.emplace(stamp_unix_s, index); }

  struct Nearest {
    double distance_s;
    std::size_t index;
  };
  std::optional<Nearest> nearest(double stamp_unix_s) const {
    std::optional<Nearest> best;
    const auto consider = [&](const auto& entry) {
      const double distance_s = std::abs(entry.first - stamp_unix_s);
      if (!best || distance_s < best->distance_s) best = Nearest{distance_s, entry.second};
    };
    const auto after = by_stamp_.lower_bound(stamp_unix_s);
    if (after != by_stamp_.end()) consider(*after);
    if (after != by_stamp_.begin()) consider(*std::prev(after));
    if (best && best->distance_s > kStampGap_s) best.reset();
    return best;
  }

 private:
  std::multimap<double, std::size_t> by_stamp_;
};

using Assignment = std::vector<std::optional<std::size_t>>;

std::vector<std::size_t> order_by(const std::vector<FileRecord>& files, double FileRecord::*time) {
  std::vector<std::size_t> order(files.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return files[a].*time < files[b].*time; });
  return order;
}

/// A group of unreadable files only, near the file's stamp: the first readable file to come gives
/// it its times.
std::optional<std::size_t> adopt_headerless(const FileRecord& file, std::vector<Window>& windows,
                                            WindowIndex& index) {
  if (file.stamp_unix_s <= 0) return std::nullopt;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    if (windows[i].integration_time_s > 0) continue;
    const std::vector<double> stamps = windows[i].stamps_unix_s;
    for (const double stamp : stamps) {
      if (std::abs(stamp - file.stamp_unix_s) > kStampGap_s) continue;
      windows[i] = window_of(file);
      windows[i].stamps_unix_s = stamps;
      index.add(i);
      return i;
    }
  }
  return std::nullopt;
}

void assign_by_header(const std::vector<FileRecord>& files, std::vector<Window>& windows,
                      Assignment& assignment) {
  windows.reserve(windows.size() + files.size());
  WindowIndex index(windows);
  // Full-length files first: a short one then joins the window that it is a part of.
  std::vector<std::size_t> order = order_by(files, &FileRecord::first_time_unix_s);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return files[a].n_time > files[b].n_time; });
  for (const std::size_t i : order) {
    if (!has_sound_header(files[i])) continue;
    assignment[i] = index.best_by_header(files[i]);
    if (!assignment[i]) assignment[i] = adopt_headerless(files[i], windows, index);
    if (!assignment[i]) {
      assignment[i] = windows.size();
      windows.push_back(window_of(files[i]));
      index.add(windows.size() - 1);
    } else if (files[i].stamp_unix_s > 0) {
      windows[*assignment[i]].stamps_unix_s.push_back(files[i].stamp_unix_s);
    }
  }
}

/// Single linkage: a file within the gap of any file of a group belongs to it. The nearest goes
/// first, so that a file between two groups goes to the closer one.
void assign_by_stamp(const std::vector<FileRecord>& files, const std::vector<Window>& windows,
                     double strays_before_unix_s, Assignment& assignment) {
  StampIndex index(windows);
  std::vector<std::size_t> left;
  for (const std::size_t i : order_by(files, &FileRecord::stamp_unix_s))
    if (!assignment[i] && !has_sound_header(files[i]) && files[i].stamp_unix_s > 0)
      left.push_back(i);
  std::size_t n_group = windows.size();
  while (!left.empty()) {
    auto closest = left.end();
    std::optional<StampIndex::Nearest> found;
    for (auto it = left.begin(); it != left.end(); ++it) {
      const auto nearest = index.nearest(files[*it].stamp_unix_s);
      if (nearest && (!found || nearest->distance_s < found->distance_s)) {
        found = nearest;
        closest = it;
      }
    }
    if (!found) {
      closest = std::find_if(left.begin(), left.end(), [&](std::size_t i) {
        return files[i].seen_at_unix_s <= strays_before_unix_s;
      });
      if (closest == left.end()) return;
      found = StampIndex::Nearest{0, n_group++};
    }
    assignment[*closest] = found->index;
    index.add(files[*closest].stamp_unix_s, found->index);
    left.erase(closest);
  }
}

}  // namespace

Window window_of(const FileRecord& file) {
  Window window;
  window.telescope_name = file.telescope_name;
  window.first_time_unix_s = file.first_time_unix_s;
  window.last_time_unix_s = file.last_time_unix_s;
  window.integration_time_s = file.integration_time_s;
  if (file.stamp_unix_s > 0) window.stamps_unix_s.push_back(file.stamp_unix_s);
  return window;
}

bool has_sound_header(const FileRecord& file) {
  return file.state == FileState::valid && file.has_header;
}

double header_match(const FileRecord& file, const Window& window) {
  if (window.integration_time_s <= 0 || file.telescope_name != window.telescope_name) return 0;
  const double half_s = 0.5 * std::min(file.integration_time_s, window.integration_time_s);
  if (std::abs(file.first_time_unix_s - window.first_time_unix_s) <= half_s) return 1;
  const double begin = std::max(file.first_time_unix_s - 0.5 * file.integration_time_s,
                                window.first_time_unix_s - 0.5 * window.integration_time_s);
  const double end = std::min(file.last_time_unix_s + 0.5 * file.integration_time_s,
                              window.last_time_unix_s + 0.5 * window.integration_time_s);
  const double shorter =
      std::min(file.last_time_unix_s - file.first_time_unix_s + file.integration_time_s,
               window.last_time_unix_s - window.first_time_unix_s + window.integration_time_s);
  const double part = (end - begin) / shorter;
  // Below 1, so that a file that begins with its window is preferred.
  return part >= 0.5 ? 0.999 * std::min(part, 1.0) : 0;
}

Assignment match_files(const std::vector<FileRecord>& files, std::vector<Window> windows,
                       double strays_before_unix_s) {
  Assignment assignment(files.size());
  assign_by_header(files, windows, assignment);
  assign_by_stamp(files, windows, strays_before_unix_s, assignment);
  return assignment;
}

}  // namespace contimg::group
