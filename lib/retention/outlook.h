// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "metrics/disk_forecast.h"
#include "queue/queue.h"
#include "retention/candidate.h"

namespace contimg::retention {

/// How long a disk lasts at the present rate, now and after what clean-up would remove.
struct DiskOutlook {
  metrics::Disk disk;
  double would_free_byte = 0;
  std::optional<double> floor_in_s_after;
};

/// Of each filesystem with configured folders. Given: what clean-up would do; how far back growth
/// is measured.
std::vector<DiskOutlook> outlook(queue::Queue& queue, const contimg::Settings& settings,
                                 const Plan& plan, double window_s);

/// A list of {roles, folder, free_byte, floor_byte, rate_byte_per_day, floor_in_s, would_free_byte,
/// floor_in_s_after}; null where the disk does not fill.
Json to_json(const std::vector<DiskOutlook>& outlook);
/// For people: two lines a disk.
std::string as_text(const std::vector<DiskOutlook>& outlook);

}  // namespace contimg::retention
