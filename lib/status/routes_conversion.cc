// SPDX-License-Identifier: GPL-3.0-or-later
// Routes of conversions and of groups: /api/v1/conversion, groups, failures, history, notices.
#include "base/clock.h"
#include "queue/stage.h"
#include "status/actions.h"
#include "status/answers.h"
#include "status/route.h"
#include "status/service.h"

namespace contimg::status {
namespace {

using Type = Field::Type;

Answer show_pending(const Asked& asked) {
  const Json& values = asked.values;
  PendingQuestion question;
  question.limit = values["limit"];
  question.complete_only = values["complete_only"];
  question.include_files = values["include_files"];
  question.after = values.value("after", "");
  if (values.contains("since_hours"))
    question.since_unix_s =
        asked.service.now_unix_s() - kHour_s * values["since_hours"].get<double>();
  auto reader = asked.service.queue().lend();
  return as_json(pending_groups(*reader, question));
}

Answer show_stats(const Asked& asked) {
  auto reader = asked.service.queue().lend();
  return as_json(conversion_stats(*reader, asked.service.now_unix_s()));
}

Answer show_status(const Asked& asked) {
  auto reader = asked.service.queue().lend();
  return as_json(conversion_status(*reader, asked.values["group_id"]));
}

Answer show_index(const Asked& asked) {
  const Json& values = asked.values;
  auto reader = asked.service.queue().lend();
  return as_json(file_index(*reader, values.value("start_time", 0.0),
                            values.value("end_time", kFarFuture_unix_s), values["limit"]));
}

Answer show_groups(const Asked& asked) {
  const Json& values = asked.values;
  auto reader = asked.service.queue().lend();
  return as_json(group_list(*reader, values.value("state", ""), values.value("before", ""),
                            values["limit"], asked.service.now_unix_s()));
}

Answer show_group(const Asked& asked) {
  auto reader = asked.service.queue().lend();
  return as_json(group_detail(*reader, asked.values["group_id"]));
}

Answer show_failures(const Asked& asked) {
  auto reader = asked.service.queue().lend();
  return as_json(failures(*reader, asked.values["limit"]));
}

Answer show_history(const Asked& asked) {
  auto reader = asked.service.queue().lend();
  return as_json(history(*reader, asked.values["hours"].get<double>(), asked.service.now_unix_s()));
}

Answer show_notices(const Asked& asked) {
  auto reader = asked.service.queue().lend();
  return as_json(notices(*reader, asked.values["all"]));
}

}  // namespace

std::vector<Route> conversion_routes() {
  const std::vector<Field> pending = {
      {"limit", Type::integer, "At most so many.", false, 1, 200, {}, 50},
      {"complete_only", Type::truth, "Only those with all subbands.", false, 0, 0, {}, false},
      {"include_files", Type::truth, "The files of each, too.", false, 0, 0, {}, false},
      {"since_hours", Type::number, "Only those first seen in the last so many hours.", false, 0.01,
       168},
      {"after", Type::group, "Begin after this group."},
  };
  const std::vector<Field> convert = {
      kGroups,
      {"priority",
       Type::word,
       "Before or after others.",
       false,
       0,
       0,
       {"low", "normal", "high"},
       "normal"},
      {"output_dir", Type::text, "The configured one; products go nowhere else.", false, 1, 1000},
  };
  const std::vector<Field> index = {
      {"start_time", Type::time, "Groups that begin from here on."},
      {"end_time", Type::time, "And before this."},
      {"limit", Type::integer, "At most so many groups.", false, 1, 500, {}, 100},
  };
  return {
      {"GET",
       "/api/v1/conversion/pending",
       Need::read,
       "Groups that wait for subbands or conversion.",
       {},
       pending,
       {},
       show_pending,
       1},
      {"GET",
       "/api/v1/conversion/stats",
       Need::read,
       "Counts and the mean time of conversions.",
       {},
       {},
       {},
       show_stats,
       2},
      {"POST",
       "/api/v1/conversion/convert",
       Need::write,
       "Ask for conversions, with a priority.",
       {},
       {},
       convert,
       ask_conversions},
      {"GET",
       "/api/v1/conversion/status/{group_id}",
       Need::read,
       "How a group's conversion stands.",
       {kGroup},
       {},
       {},
       show_status},
      {"GET",
       "/api/v1/conversion/hdf5-index",
       Need::read,
       "Files by group, in order of observation.",
       {},
       index,
       {},
       show_index,
       5},
  };
}

std::vector<Route> group_routes() {
  const std::vector<std::string> states = {"collecting", "pending", "in_progress", "completed",
                                           "failed"};
  const std::vector<Field> list = {
      {"state", Type::word, "Only groups in this state.", false, 0, 0, states},
      {"before", Type::group, "Begin before this group."},
      {"limit", Type::integer, "At most so many.", false, 1, 200, {}, 50},
  };
  const std::vector<Field> limit = {
      {"limit", Type::integer, "At most so many.", false, 1, 200, {}, 50}};
  const std::vector<Field> hours = {
      {"hours", Type::integer, "How far back.", false, 1, 168, {}, 24}};
  const std::vector<Field> all = {
      {"all", Type::truth, "Those that are over, too.", false, 0, 0, {}, false}};
  const std::vector<Field> stage = {
      {"stage", Type::word, "The first stage to be done again.", true, 0, 0, queue::stage_names()}};
  return {
      {"GET",
       "/api/v1/groups",
       Need::read,
       "Groups, the latest first.",
       {},
       list,
       {},
       show_groups,
       1},
      {"GET",
       "/api/v1/groups/{group_id}",
       Need::read,
       "All that the queue knows of a group.",
       {kGroup},
       {},
       {},
       show_group},
      {"POST",
       "/api/v1/groups/{group_id}/retry",
       Need::write,
       "Try failed jobs again.",
       {kGroup},
       {},
       {},
       retry},
      {"POST",
       "/api/v1/groups/{group_id}/reprocess",
       Need::write,
       "Do a stage and those after again.",
       {kGroup},
       {},
       stage,
       reprocess},
      {"GET",
       "/api/v1/failures",
       Need::read,
       "Jobs that were given up, the latest first.",
       {},
       limit,
       {},
       show_failures,
       1},
      {"GET",
       "/api/v1/history",
       Need::read,
       "Arrivals, work and latency hour by hour.",
       {},
       hours,
       {},
       show_history,
       30},
      {"GET",
       "/api/v1/notices",
       Need::read,
       "What people were told.",
       {},
       all,
       {},
       show_notices,
       2},
  };
}

}  // namespace contimg::status
