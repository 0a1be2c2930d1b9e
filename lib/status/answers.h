// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "base/settings.h"
#include "status/exchange.h"
#include "status/processes.h"
#include "status/readers.h"

/// Answers from the queue: each reads, and nothing else. Lists come in pages: at most `limit` rows, and
/// the next begins after the last one's key.
namespace contimg::status {

/// {collecting, pending, in_progress, completed, failed, total}: groups by state.
Json group_counts(Reader& reader);
/// {paused, paused_reason, held_reason}; reasons null without one.
Json hold(Reader& reader);

/// How the automation stands, in the words of the streaming service.
Json streaming_status(Reader& reader, const Automation& automation, const Settings& settings,
                      double now_unix_s);
Json streaming_health(Reader& reader, const Automation& automation, const Settings& settings,
                      double now_unix_s);
Json streaming_metrics(Reader& reader, const Automation& automation, const Settings& settings,
                       double now_unix_s);
Json mosaic_queue(Reader& reader, const Settings& settings);
/// /api/status: the queue, its last groups, the calibration sets.
Json overview(Reader& reader, int limit, double now_unix_s);

/// Groups that wait for subbands or for their conversion, in order of observation.
struct PendingQuestion {
  int limit = 50;
  bool complete_only = false, include_files = false;
  double since_unix_s = 0;  ///< First seen since; 0: whenever.
  std::string after;        ///< A group.
};
Json pending_groups(Reader& reader, const PendingQuestion& question);
Json conversion_stats(Reader& reader, double now_unix_s);
/// Throws Refused 404 for an unknown group, as all that are asked about one.
Json conversion_status(Reader& reader, const std::string& group_id);
Json file_index(Reader& reader, double from_unix_s, double until_unix_s, int limit);

/// Groups, the latest first, with the stage that each has come to. `state` empty: all.
Json group_list(Reader& reader, const std::string& state, const std::string& before, int limit,
                double now_unix_s);
Json group_detail(Reader& reader, const std::string& group_id);
/// How one stage of a group stands.
Json stage_status(Reader& reader, const std::string& group_id, const std::string& stage);
/// Jobs of a stage that wait or are in work.
Json stage_pending(Reader& reader, const std::string& stage, int limit);
/// Jobs that were given up, the latest first.
Json failures(Reader& reader, int limit);
Json notices(Reader& reader, bool all);
/// What came in, was converted and was finished in each hour, with latencies.
Json history(Reader& reader, double hours, double now_unix_s);

Json calibration_sets(Reader& reader, const std::string& state, int limit);
Json calibration_set(Reader& reader, std::int64_t id);
Json calibration_table(Reader& reader, const std::string& path);
Json calibration_applied(Reader& reader, const std::string& group_id);
/// Where the picture of a set's solutions lies.
std::string calibration_picture(Reader& reader, std::int64_t id);

Json image_list(Reader& reader, const std::string& type, std::int64_t before, int limit);
Json image_detail(Reader& reader, std::int64_t id);
/// Where a picture of an image lies. `kind` is "image" or "thumbnail".
std::string image_picture(Reader& reader, std::int64_t id, const std::string& kind);

Json mosaic_list(Reader& reader, std::int64_t before, int limit);
Json mosaic_status(Reader& reader, const std::string& name);
std::string mosaic_picture(Reader& reader, const std::string& name, const std::string& kind);

/// Metrics of the first design's names that our queue has values for, in Prometheus' text.
std::string further_metrics(Reader& reader, double now_unix_s);

}  // namespace contimg::status
