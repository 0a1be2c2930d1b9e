// SPDX-License-Identifier: GPL-3.0-or-later
#include "status/actions.h"

#include <spdlog/spdlog.h>

#include "base/overrides.h"
#include "queue/commands.h"
#include "queue/groups.h"
#include "queue/ready.h"
#include "queue/redo.h"
#include "queue/repair.h"
#include "status/answers.h"
#include "status/config.h"
#include "status/service.h"

namespace contimg::status {
namespace {

void log_change(const Asked& asked) {
  spdlog::info("{} {} by {} from {}", asked.request.method, asked.request.path, asked.asker,
               asked.request.peer);
}

Answer succeeded(const Asked& asked, const std::string& message, Json more = Json::object()) {
  const auto automation = asked.service.processes().automation(asked.service.now_unix_s());
  Json json = {{"success", true}, {"message", message}};
  json["pid"] = automation.pid ? Json(*automation.pid) : Json();
  json.update(more);
  return as_json(json);
}

/// Changes what a body names, if it names anything. Returned: what to say of it.
Json apply_config(const Asked& asked) {
  Service& service = asked.service;
  const std::lock_guard<std::mutex> lock(service.overrides_mutex());
  const std::string queue_db = service.settings().queue_db;
  const auto overrides = changed_overrides(load_overrides(queue_db), asked.values);
  Settings settings;
  try {
    settings = service.resolve()(overrides);
  } catch (const UsageError& error) {
    const std::string text = error.what();
    const std::string field = text.substr(0, text.find(':'));
    throw Refused(400, text, asked.values.contains(field) ? field : "");
  }
  save_overrides(queue_db, overrides);
  service.forget_settings();
  service.cache().clear();
  return {{"config", config_json(settings)}, {"warnings", config_warnings(settings, asked.values)}};
}

std::string group_of(const Asked& asked) { return asked.values["group_id"].get<std::string>(); }

// UsageError of the queue's own functions: the group is there, and what is asked cannot be.
template <typename Change>
void change_group(const Asked& asked, const Change& change) {
  asked.service.change([&](queue::Queue& queue) {
    if (!queue::find_group(queue.database(), group_of(asked)))
      throw Refused(404, group_of(asked) + ": there is no such group", "group_id");
    try {
      change(queue);
    } catch (const UsageError& error) {
      throw Refused(409, error.what());
    }
  });
}

std::string said_by(const Asked& asked) { return "the API (" + asked.asker + ")"; }

std::string stamp_of(double time_unix_s) {
  std::string text = utc_text(time_unix_s).get<std::string>();
  text.pop_back();
  return text;
}

void queue_command(const Asked& asked, const std::string& name, const Json& arguments,
                   std::int64_t& id) {
  asked.service.change([&](queue::Queue& queue) {
    Transaction transaction(queue.database());
    id = queue::ask_command(queue.database(), name, arguments, asked.asker, queue.now_unix_s());
    transaction.commit();
    queue::leave_commands_mark(queue.settings().path);
  });
}

}  // namespace

Answer start_automation(const Asked& asked) {
  log_change(asked);
  Json more = asked.values.empty() ? Json::object() : apply_config(asked);
  asked.service.change([](queue::Queue& queue) { queue::resume(queue); });
  return succeeded(asked, "claims go on; the next tick begins work", more);
}

Answer stop_automation(const Asked& asked) {
  log_change(asked);
  const std::string reason = "stopped from the API by " + asked.asker;
  asked.service.change([&](queue::Queue& queue) { queue::pause(queue, reason); });
  return succeeded(asked, "nothing more is begun; groups in work are finished");
}

Answer restart_automation(const Asked& asked) {
  log_change(asked);
  int freed = 0;
  asked.service.change([&](queue::Queue& queue) {
    queue::resume(queue);
    freed = queue::free_abandoned(queue);
  });
  std::int64_t id = 0;
  if (asked.service.processes().automation(asked.service.now_unix_s()).pid)
    queue_command(asked, "restart", Json::object(), id);
  return succeeded(asked, "claims go on; the tick that runs ends after the groups in work",
                   {{"freed_jobs", freed}});
}

Answer change_config(const Asked& asked) {
  log_change(asked);
  if (asked.values.empty()) throw Refused(400, "the body names nothing, expected fields to change");
  return succeeded(asked, "recorded; every tool obeys it from its next start", apply_config(asked));
}

Answer ask_conversions(const Asked& asked) {
  log_change(asked);
  const Json& values = asked.values;
  if (values.contains("output_dir") && values["output_dir"] != asked.service.settings().output_dir)
    throw Refused(400, "output_dir: expected the configured one, or none", "output_dir");
  const std::string word = values["priority"];
  const int priority = word == "high" ? 10 : word == "low" ? -10 : 0;
  Json valid = Json::array(), rejected = Json::array();
  std::int64_t id = 0;
  asked.service.change([&](queue::Queue& queue) {
    for (const Json& group_id : values["group_ids"]) {
      const std::string why = queue::ask_conversion(queue, group_id, priority, said_by(asked));
      if (why.empty())
        valid.push_back(group_id);
      else
        rejected.push_back({{"group_id", group_id}, {"reason", why}});
    }
    if (valid.empty()) return;
    const Json arguments = {{"group_ids", valid}, {"priority", word}};
    Transaction transaction(queue.database());
    id =
        queue::ask_command(queue.database(), "convert", arguments, asked.asker, queue.now_unix_s());
    Statement(queue.database(),
              "UPDATE command SET state = 'done', taken_at = requested_at,"
              " done_at = requested_at, result = '{}' WHERE id = ?1")
        .bind(1, id)
        .run();
    transaction.commit();
  });
  if (valid.empty()) {
    Answer answer = as_json({{"detail", "none of the groups can be converted"},
                             {"field", "group_ids"},
                             {"rejected", rejected}},
                            400);
    return answer;
  }
  return as_json({{"job_id", std::to_string(id)},
                  {"group_ids", valid},
                  {"rejected", rejected},
                  {"status", "queued"},
                  {"message", std::to_string(valid.size()) +
                                  " groups are in the queue with priority " + word}});
}

Answer retry(const Asked& asked) {
  log_change(asked);
  Json result;
  change_group(asked,
               [&](queue::Queue& queue) { result = queue::retry_group(queue, group_of(asked)); });
  return succeeded(asked, "its failed and waiting jobs are ready", result);
}

Answer reprocess(const Asked& asked) {
  log_change(asked);
  const queue::Stage stage = queue::stage_from(asked.values["stage"]);
  Json result;
  change_group(asked, [&](queue::Queue& queue) {
    result = queue::redo_stages(queue, group_of(asked), stage, said_by(asked));
  });
  return succeeded(asked, "its stages are asked for once more", result);
}

Answer ask_stage(const Asked& asked, const std::string& stage) {
  log_change(asked);
  Json valid = Json::array(), rejected = Json::array();
  asked.service.change([&](queue::Queue& queue) {
    for (const Json& group_id : asked.values["group_ids"]) {
      try {
        queue::redo_stages(queue, group_id, queue::stage_from(stage), said_by(asked));
        valid.push_back(group_id);
      } catch (const UsageError& error) {
        rejected.push_back({{"group_id", group_id}, {"reason", error.what()}});
      } catch (const TemporaryError& error) {
        rejected.push_back({{"group_id", group_id}, {"reason", error.what()}});
      }
    }
  });
  const bool none = valid.empty();
  Json json = {{"group_ids", valid}, {"rejected", rejected}, {"stage", stage}};
  if (none) {
    json["detail"] = "the stage can be done with none of the groups";
    json["field"] = "group_ids";
  } else {
    json["status"] = "queued";
  }
  return as_json(json, none ? 400 : 200);
}

Answer create_mosaic(const Asked& asked) {
  log_change(asked);
  const Json& values = asked.values;
  const double from = values["start_time"], until = values["end_time"];
  if (!(from < until)) throw Refused(400, "end_time: expected it after start_time", "end_time");
  const std::string name = values["name"];
  {
    auto reader = asked.service.queue().lend();
    Statement& found = reader->prepared("SELECT 1 FROM mosaics WHERE name = ?1");
    const bool there = found.bind(1, name).step();
    found.reset();
    if (there) throw Refused(409, name + ": a mosaic of this name is there", "name");
  }
  const Json arguments = {{"name", name},
                          {"from", stamp_of(from)},
                          {"until", stamp_of(until)},
                          {"tier", values["tier"]}};
  std::int64_t id = 0;
  queue_command(asked, "mosaic", arguments, id);
  return as_json({{"status", "queued"},
                  {"execution_id", id},
                  {"message", name + " is made when a tick next looks for commands"}});
}

Answer delete_mosaic(const Asked& asked) {
  log_change(asked);
  const std::string name = asked.values["name"];
  int cancelled = 0;
  bool there = false;
  asked.service.change([&](queue::Queue& queue) {
    Database& db = queue.database();
    Transaction transaction(db);
    Statement(db,
              "DELETE FROM command WHERE name = 'mosaic' AND state = 'queued'"
              " AND json_extract(arguments, '$.name') = ?1")
        .bind(1, name)
        .run();
    cancelled = db.changes();
    Statement found(db, "SELECT 1 FROM mosaics WHERE name = ?1");
    there = found.bind(1, name).step();
    transaction.commit();
  });
  if (!there && cancelled == 0)
    throw Refused(404, name + ": no mosaic of this name is there, or was asked for", "name");
  Json json = {{"name", name}, {"cancelled", cancelled > 0}};
  if (there) {
    std::int64_t id = 0;
    queue_command(asked, "drop-mosaic", {{"name", name}}, id);
    json["execution_id"] = id;
  }
  json["status"] = there ? "queued" : "cancelled";
  json["message"] =
      there ? name + " is removed when a tick next looks for commands" : name + " is not made";
  return as_json(json);
}

}  // namespace contimg::status
