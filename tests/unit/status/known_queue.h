// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "base/overrides.h"
#include "base/setting.h"
#include "queue/groups.h"
#include "queue/queue.h"
#include "scratch.h"
#include "status/service.h"

namespace contimg::status {

constexpr double kNow_unix_s = 1.8e9;  // 2027-01-15T08:00:00Z
const std::string kWriteToken = "writing-token-0123456789";

/// A queue of five groups, one in each state, and one that waits for subbands; a service on it whose clock
/// stands still.
struct KnownQueue {
  explicit KnownQueue(const std::string& name) : folder(scratch(name)) {
    std::filesystem::create_directories(folder + "/images/2027-01-15");
    std::filesystem::create_directories(folder + "/caltables");
    settings.queue_db = folder + "/queue.sqlite3";
    settings.output_dir = folder;
    settings.image_dir = folder + "/images";
    settings.caltable_dir = folder + "/caltables";
    settings.mosaic_dir = folder + "/mosaics";
    settings.lightcurve_db = folder + "/lightcurves.sqlite3";
    settings.rate_limit = 1e6;
    for (const Setting& row : settings_table()) settings.sources[row.key] = "default";
    open();
    add("2027-01-15T06:00:00", queue::GroupState::completed, 16);
    add("2027-01-15T06:05:00", queue::GroupState::failed, 16, "a <b>bad</b> file");
    add("2027-01-15T06:10:00", queue::GroupState::pending, 16);
    add("2027-01-15T06:15:00", queue::GroupState::pending, 16);
    add("2027-01-15T06:20:00", queue::GroupState::collecting, 12);
  }

  void open() {
    queue::QueueSettings how;
    how.path = settings.queue_db;
    how.clock_unix_s = [] { return kNow_unix_s; };
    jobs = std::make_unique<queue::Queue>(how);
  }

  void add(const std::string& id, queue::GroupState state, int n_subbands,
           const std::string& error = "") {
    queue::Group group;
    group.group_id = id;
    group.state = state;
    group.n_subbands = n_subbands;
    group.received_at_unix_s = group.last_update_unix_s = kNow_unix_s - 3600;
    group.first_time_unix_s = kNow_unix_s - 7200;
    group.error = error;
    queue::insert_group(jobs->database(), group, "test", "");
  }

  /// With the overrides on the settings, as a tool resolves them.
  ServiceOptions options() {
    ServiceOptions options;
    options.settings = settings;
    options.tokens = "ann read reading-token-0123456789;bob write " + kWriteToken;
    options.clock_unix_s = [] { return kNow_unix_s; };
    options.resolve = [base = settings](const std::vector<Given>& overrides) {
      Settings resolved =
          resolve_with_overrides({{"paths.queue_db", base.queue_db, "option"}}, {}, "", overrides)
              .settings;
      resolved.output_dir = base.output_dir;
      resolved.image_dir = base.image_dir;
      resolved.caltable_dir = base.caltable_dir;
      resolved.mosaic_dir = base.mosaic_dir;
      return resolved;
    };
    return options;
  }

  std::string folder;
  Settings settings;
  std::unique_ptr<queue::Queue> jobs;
};

inline Request asking(const std::string& method, const std::string& path,
                      const std::string& body = "") {
  Request request;
  request.method = method;
  request.path = path;
  request.peer = "127.0.0.1";
  request.headers = {{"host", "localhost:8000"}};
  if (!body.empty()) request.headers["content-type"] = "application/json";
  request.body = body;
  return request;
}

inline Request with_token(Request request) {
  request.headers["authorization"] = "Bearer " + kWriteToken;
  return request;
}

}  // namespace contimg::status
