// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "queue/file_record.h"

namespace contimg::group {

/// Two files whose names are stamped this close together, directly or through others between
/// them, are of one group, where the headers cannot tell: 30 to 150 s separate all groups seen
/// in the archive rightly (spec 2.2); 154 s is half the cadence.
inline constexpr double kStampGap_s = 120;

/// Whether what a file says of itself can be believed.
bool has_sound_header(const queue::FileRecord& file);

/// When a group was observed, as the headers of its first files say.
struct Window {
  std::string telescope_name;
  double first_time_unix_s = 0;  ///< Mid of the first integration.
  double last_time_unix_s = 0;   ///< Mid of the last.
  double integration_time_s = 0;
  std::vector<double> stamps_unix_s;  ///< Of the names of its files.
};

/// The window of one file that has a header.
Window window_of(const queue::FileRecord& file);

/// How well a file with a header fits a window: 1 if the first integrations are the same (within
/// half an integration); else the part of the shorter that they overlap, if it is at least half
/// (a host that joined late, or stopped early); 0 if they are different observations.
double header_match(const queue::FileRecord& file, const Window& window);

/// Splits files into observations: by header, and those whose header cannot be used by stamp.
///
/// Given: files, and windows of groups that exist already. Returned: for each file the index of
/// its group: below windows.size() for one of those, from there on for a new one; nothing for a
/// file that has neither a sound header nor a stamp, or whose only companions within kStampGap_s
/// are as unsound, and all of them were first seen after `strays_before_unix_s`: their group may
/// still come.
std::vector<std::optional<std::size_t>> match_files(const std::vector<queue::FileRecord>& files,
                                                    std::vector<Window> windows,
                                                    double strays_before_unix_s);

}  // namespace contimg::group
