// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "queue/stage.h"

namespace contimg::metrics {

/// A group whose data have all arrived and that is not through the stages yet.
struct WaitingGroup {
  /// claimed: a worker has it. ready: one may take it. held: it waits for something else than a
  /// worker (a calibration, room, a pause after a failure). put_off: under pressure, or since.
  enum class Why { claimed, ready, held, put_off };
  std::string group_id;
  queue::Stage stage = queue::Stage::convert;  ///< The first that is not done.
  Why why = Why::ready;
  double arrived_unix_s = 0;     ///< When its last subband was seen.
  bool arrival_measured = true;  ///< False: unknown, and that of the group itself is used.
  double duration_s = 0;         ///< Of its data: sky time.
};
/// "claimed", "ready", "held", "put off".
const char* why_name(WaitingGroup::Why why);

/// A group that arrived; `done_unix_s` means nothing for one that only did that.
struct PassedGroup {
  double arrived_unix_s = 0, done_unix_s = 0, duration_s = 0;
};

/// What the keep-up meter goes by, of one moment.
struct Work {
  double now_unix_s = 0;
  double rate_window_s = 3600;
  std::vector<WaitingGroup> waiting;  ///< In order of arrival.
  std::vector<PassedGroup> arrived;   ///< Within the rate window.
  std::vector<PassedGroup> done;      ///< Through the last stage in force within the rate window.
};

}  // namespace contimg::metrics
