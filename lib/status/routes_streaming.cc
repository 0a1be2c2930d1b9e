// SPDX-License-Identifier: GPL-3.0-or-later
// Routes of the automation: /api/status, /api/streaming, and the commands that were given.
#include "queue/commands.h"
#include "status/actions.h"
#include "status/answers.h"
#include "status/config.h"
#include "status/route.h"
#include "status/service.h"

namespace contimg::status {
namespace {

using Type = Field::Type;
using Telling = Json (*)(Reader&, const Automation&, const Settings&, double);

Handler about_automation(Telling tell) {
  return [tell](const Asked& asked) {
    Service& service = asked.service;
    const double now = service.now_unix_s();
    auto reader = service.queue().lend();
    return as_json(tell(*reader, service.processes().automation(now), service.settings(), now));
  };
}

Answer show_config(const Asked& asked) { return as_json(config_json(asked.service.settings())); }

Answer show_mosaic_queue(const Asked& asked) {
  auto reader = asked.service.queue().lend();
  return as_json(mosaic_queue(*reader, asked.service.settings()));
}

Answer show_overview(const Asked& asked) {
  auto reader = asked.service.queue().lend();
  return as_json(overview(*reader, asked.values["limit"], asked.service.now_unix_s()));
}

Answer show_commands(const Asked& asked) {
  auto reader = asked.service.queue().lend();
  return as_json(queue::list_commands(reader->database(), "", asked.values["limit"]));
}

Answer show_command(const Asked& asked) {
  auto reader = asked.service.queue().lend();
  const Json command = queue::command(reader->database(), asked.values["id"]);
  if (command.is_null()) throw Refused(404, "there is no such command", "id");
  return as_json(command);
}

}  // namespace

std::vector<Route> automation_routes() {
  const std::vector<Field> limit = {
      {"limit", Type::integer, "How many of the last groups.", false, 1, 200, {}, 20}};
  return {
      {"GET",
       "/api/status",
       Need::read,
       "The queue, its last groups, the calibration sets.",
       {},
       limit,
       {},
       show_overview,
       1},
      {"GET",
       "/api/streaming/status",
       Need::read,
       "Whether the automation runs, and what it uses.",
       {},
       {},
       {},
       about_automation(streaming_status),
       1},
      {"GET",
       "/api/streaming/health",
       Need::read,
       "Whether the automation is well, and if not why.",
       {},
       {},
       {},
       about_automation(streaming_health),
       1},
      {"GET",
       "/api/streaming/metrics",
       Need::read,
       "Groups by state, rate, resources.",
       {},
       {},
       {},
       about_automation(streaming_metrics),
       1},
  };
}

std::vector<Route> command_routes() {
  const Need change = Need::legacy_write;
  const std::vector<Field> commands = {
      {"limit", Type::integer, "How many of the last.", false, 1, 200, {}, 50}};
  const std::vector<Field> id = {{"id", Type::integer, "Of the command.", true, 1, 9e15}};
  return {
      {"GET",
       "/api/streaming/config",
       Need::read,
       "The configuration in force, and where from.",
       {},
       {},
       {},
       show_config},
      {"POST",
       "/api/streaming/config",
       change,
       "Change what the body names.",
       {},
       {},
       config_body(),
       change_config},
      {"POST",
       "/api/streaming/start",
       change,
       "Let work go on; may change the configuration.",
       {},
       {},
       config_body(),
       start_automation},
      {"POST", "/api/streaming/stop", change, "Begin nothing more.", {}, {}, {}, stop_automation},
      {"POST",
       "/api/streaming/restart",
       change,
       "Let work go on, with the configuration of now.",
       {},
       {},
       {},
       restart_automation},
      {"GET",
       "/api/streaming/mosaic-queue",
       Need::read,
       "Mosaics that were asked for; tiles for more.",
       {},
       {},
       {},
       show_mosaic_queue,
       10},
      {"GET",
       "/api/v1/commands",
       Need::read,
       "What was asked for, the latest first.",
       {},
       commands,
       {},
       show_commands,
       1},
      {"GET",
       "/api/v1/commands/{id}",
       Need::read,
       "One of them, and how it ended.",
       id,
       {},
       {},
       show_command},
  };
}

}  // namespace contimg::status
