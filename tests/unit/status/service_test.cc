// SPDX-License-Identifier: GPL-3.0-or-later
#include "status/service.h"

#include <gtest/gtest.h>

#include "known_queue.h"
#include "queue/claim.h"
#include "queue/commands.h"

namespace contimg::status {
namespace {

struct Asking : KnownQueue {
  explicit Asking(const std::string& name) : KnownQueue(name), service(options()) {}
  Json json(const Request& request, int status = 200) {
    const Answer answer = service.answer(request);
    EXPECT_EQ(answer.status, status) << request.path << " " << answer.body;
    return Json::parse(answer.body);
  }
  Json read(const std::string& path, int status = 200) {
    Request request = asking("GET", path.substr(0, path.find('?')));
    if (const std::size_t mark = path.find('?'); mark != std::string::npos) {
      const std::string pair = path.substr(mark + 1);
      request.query = {{pair.substr(0, pair.find('=')), pair.substr(pair.find('=') + 1)}};
    }
    return json(request, status);
  }
  std::string sql(const std::string& question) { return jobs->database().text(question); }

  Service service;
};

TEST(Service, AReaderThatWasGivenBackSeesWhatWasWrittenSince) {
  Asking ask("given_back");
  const std::string count = "SELECT count(*) FROM ingest_queue";
  {
    auto reader = ask.service.queue().lend();
    Statement& rows = reader->prepared(count);
    ASSERT_TRUE(rows.step());
    EXPECT_EQ(rows.integer(0), 5);
  }
  ask.add("2027-01-15T06:25:00", queue::GroupState::pending, 16);
  auto reader = ask.service.queue().lend();
  EXPECT_EQ(reader->database().integer(count), 6);
}

TEST(Service, CountsWhatIsInTheQueue) {
  Asking ask("counts");
  const Json queue = ask.read("/api/status")["queue"];
  EXPECT_EQ(queue.dump(),
            R"({"total":5,"pending":2,"in_progress":0,"failed":1,"completed":1,"collecting":1})");
  const Json metrics = ask.read("/api/streaming/metrics");
  EXPECT_EQ(metrics["queue_stats"]["completed"], 1);
  EXPECT_EQ(metrics["queue_depth"], 2);
  const Json stats = ask.read("/api/v1/conversion/stats");
  EXPECT_EQ(stats["total_pending"], 2);
  EXPECT_EQ(stats["oldest_pending_group"], "2027-01-15T06:10:00");
  EXPECT_TRUE(stats["avg_conversion_time_s"].is_null());
  const Json health = ask.read("/health");
  EXPECT_EQ(health["checks"]["queue"]["pending"], 2);
  EXPECT_EQ(ask.service.answer(asking("GET", "/ready")).body, "ready\n");
}

TEST(Service, PendingShowsIncompleteGroupsAndLeavesThemOutWhenAsked) {
  Asking ask("pending");
  const Json all = ask.read("/api/v1/conversion/pending");
  EXPECT_EQ(all["groups"].size(), 3u);
  EXPECT_EQ(all["complete_count"], 2);
  EXPECT_EQ(all["incomplete_count"], 1);
  EXPECT_EQ(all["groups"][2]["file_count"], 12);
  EXPECT_EQ(all["groups"][2]["is_complete"], false);
  const Json complete = ask.read("/api/v1/conversion/pending?complete_only=true");
  EXPECT_EQ(complete["groups"].size(), 2u);
  EXPECT_EQ(complete["total"], 2);
  EXPECT_EQ(ask.read("/api/v1/conversion/pending?after=2027-01-15T06:10:00")["groups"].size(), 2u);
  EXPECT_EQ(ask.read("/api/v1/conversion/pending?limit=1")["groups"].size(), 1u);
  EXPECT_EQ(ask.read("/api/v1/conversion/pending?since_hours=0.5")["groups"].size(), 0u);
  ask.read("/api/v1/conversion/pending?limit=201", 400);
}

TEST(Service, AnUnknownGroupIs404) {
  Asking ask("unknown");
  ask.read("/api/v1/conversion/status/2000-01-01T00:00:00", 404);
  ask.read("/api/v1/groups/2000-01-01T00:00:00", 404);
  ask.read("/api/v1/imaging/status/2000-01-01T00:00:00", 404);
  ask.read("/api/v1/images/7", 404);
  ask.read("/api/v1/images/7/picture", 404);
  ask.read("/api/v1/cal/sets/7", 404);
  ask.read("/api/mosaic/status/none", 404);
  ask.read("/api/v1/commands/7", 404);
  ask.read("/api/v1/images/x", 400);
  ask.read("/api/v1/sources", 503);
  const Json status = ask.read("/api/v1/conversion/status/2027-01-15T06:05:00");
  EXPECT_EQ(status["status"], "failed");
  EXPECT_EQ(status["error_message"], "a <b>bad</b> file");
}

TEST(Service, WithoutAQueueItSaysSo) {
  Asking ask("absent");
  ask.jobs.reset();
  std::filesystem::remove(ask.settings.queue_db);
  ask.read("/api/status", 503);
  EXPECT_EQ(ask.read("/health", 503)["status"], "unhealthy");
  EXPECT_EQ(ask.service.answer(asking("GET", "/ready")).status, 503);
  ask.json(asking("POST", "/api/streaming/stop"), 503);
  ask.open();
  EXPECT_EQ(ask.service.answer(asking("GET", "/ready")).status, 200);
}

TEST(Service, ReadsAQueueThatWasPutInItsPlace) {
  Asking ask("replaced");
  EXPECT_EQ(ask.read("/api/v1/groups").size(), 5u);
  ask.jobs.reset();
  for (const char* suffix : {"", "-wal", "-shm"})
    std::filesystem::remove(ask.settings.queue_db + suffix);
  ask.open();
  EXPECT_EQ(ask.read("/api/v1/failures").size(), 0u);
  EXPECT_EQ(ask.read("/api/v1/groups?limit=7").size(), 0u);
}

TEST(Service, StopHoldsBackAndStartLetsGo) {
  Asking ask("stop");
  EXPECT_EQ(ask.json(asking("POST", "/api/streaming/stop"))["success"], true);
  EXPECT_EQ(ask.jobs->paused(), std::string("stopped from the API by loopback"));
  EXPECT_EQ(ask.read("/api/streaming/status")["running"], false);
  EXPECT_EQ(ask.read("/api/streaming/status")["error"], "paused: stopped from the API by loopback");
  ask.json(with_token(asking("POST", "/api/streaming/stop")));
  EXPECT_EQ(ask.jobs->paused(), std::string("stopped from the API by bob"));
  ask.json(asking("POST", "/api/streaming/start"));
  EXPECT_FALSE(ask.jobs->paused());
  ask.json(asking("POST", "/api/streaming/stop"));
  ask.json(asking("POST", "/api/streaming/restart"));
  EXPECT_FALSE(ask.jobs->paused());
}

TEST(Service, ConversionsAreAskedForWithAPriority) {
  Asking ask("convert");
  const Json answer = ask.json(with_token(
      asking("POST", "/api/v1/conversion/convert",
             R"({"group_ids": ["2027-01-15T06:15:00", "2027-01-15T06:05:00", "2027-01-15T06:00:00",
                 "2027-01-15T06:20:00", "2000-01-01T00:00:00"], "priority": "high"})")));
  EXPECT_EQ(answer["group_ids"], Json({"2027-01-15T06:15:00", "2027-01-15T06:05:00"}));
  EXPECT_EQ(answer["rejected"].size(), 3u);
  EXPECT_EQ(answer["status"], "queued");
  EXPECT_EQ(ask.sql("SELECT group_concat(group_id) FROM (SELECT group_id FROM job WHERE"
                    " stage = 'convert' AND state = 'ready' AND priority = 10 ORDER BY 1)"),
            "2027-01-15T06:05:00,2027-01-15T06:15:00");
  EXPECT_EQ(ask.jobs->claim(queue::Stage::convert)->job().group_id, "2027-01-15T06:05:00");
  EXPECT_EQ(ask.sql("SELECT actor FROM state_history WHERE group_id = '2027-01-15T06:05:00'"
                    " AND \"to\" = 'pending'"),
            "the API (bob)");
  const Json none = ask.json(with_token(asking("POST", "/api/v1/conversion/convert",
                                               R"({"group_ids": ["2027-01-15T06:00:00"]})")),
                             400);
  EXPECT_EQ(none["field"], "group_ids");
  ask.json(asking("POST", "/api/v1/conversion/convert", R"({"group_ids": ["a"]})"), 401);
  ask.json(with_token(asking("POST", "/api/v1/conversion/convert", R"({"group_ids": []})")), 400);
  ask.json(
      with_token(asking("POST", "/api/v1/conversion/convert",
                        R"({"group_ids": ["2027-01-15T06:10:00"], "output_dir": "/elsewhere"})")),
      400);
}

TEST(Service, AStageIsDoneAgainAndThoseAfterItWait) {
  Asking ask("reprocess");
  Database& db = ask.jobs->database();
  for (const char* stage : {"flag", "calibrate", "image"})
    db.execute(std::string("INSERT INTO job (group_id, stage, state) VALUES "
                           "('2027-01-15T06:00:00', '") +
               stage + "', 'done')");
  const std::string path = "/api/v1/groups/2027-01-15T06:00:00/reprocess";
  ask.json(with_token(asking("POST", path, R"({"stage": "calibrate"})")));
  EXPECT_EQ(ask.sql("SELECT group_concat(state || redo) FROM (SELECT * FROM job WHERE group_id ="
                    " '2027-01-15T06:00:00' ORDER BY id)"),
            "done0,done0,ready1,waiting1");
  ask.json(with_token(asking("POST", path, R"({"stage": "measure"})")), 409);
  ask.json(with_token(asking("POST", path, R"({"stage": "dance"})")), 400);
  ask.json(with_token(asking("POST", path)), 400);
  ask.json(with_token(asking("POST", path, R"({"stage": "convert"})")));
  EXPECT_EQ(ask.sql("SELECT state FROM ingest_queue WHERE group_id = '2027-01-15T06:00:00'"),
            "pending");
  const std::string failed = "/api/v1/groups/2027-01-15T06:05:00/retry";
  ask.json(with_token(asking("POST", failed)));
  EXPECT_EQ(ask.sql("SELECT state FROM ingest_queue WHERE group_id = '2027-01-15T06:05:00'"),
            "pending");
  ask.json(with_token(asking("POST", failed)), 409);
  ask.json(with_token(asking("POST", "/api/v1/groups/2000-01-01T00:00:00/retry")), 404);
  ask.json(asking("POST", failed), 401);
}

TEST(Service, AMosaicIsACommandThatIsObeyed) {
  Asking ask("mosaic");
  const std::string body =
      R"({"name": "night", "start_time": 1799900000, "end_time": "2027-01-15T06:00:00"})";
  const Json answer = ask.json(with_token(asking("POST", "/api/mosaic/create", body)));
  EXPECT_EQ(answer["status"], "queued");
  EXPECT_TRUE(std::filesystem::exists(queue::commands_mark(ask.settings.queue_db)));
  EXPECT_EQ(ask.read("/api/mosaic/status/night")["status"], "pending");
  EXPECT_EQ(ask.read("/api/streaming/mosaic-queue")["pending_count"], 1);
  Json seen;
  const Json done = queue::obey_commands(
      *ask.jobs, [&](queue::Queue&, const std::string& name, const Json& arguments) {
        seen = arguments;
        return queue::CommandEnd{name == "mosaic", false, {{"exit_code", 0}}};
      });
  EXPECT_EQ(done[0]["state"], "done");
  EXPECT_EQ(seen["from"], "2027-01-14T04:13:20");  // date -ud @1799900000
  EXPECT_EQ(seen["until"], "2027-01-15T06:00:00");
  EXPECT_FALSE(std::filesystem::exists(queue::commands_mark(ask.settings.queue_db)));
  EXPECT_EQ(queue::obey_commands(*ask.jobs).size(), 0u);
  ask.json(with_token(asking("POST", "/api/mosaic/create",
                             R"({"name": "x", "start_time": 2, "end_time": 1})")),
           400);
  ask.json(with_token(asking("POST", "/api/mosaic/create",
                             R"({"name": "../x", "start_time": 1, "end_time": 2})")),
           400);
  ask.json(with_token(asking("POST", "/api/mosaic/create",
                             R"({"name": "later", "start_time": 1, "end_time": 2})")));
  EXPECT_EQ(ask.json(with_token(asking("DELETE", "/api/mosaic/later")))["status"], "cancelled");
  ask.json(with_token(asking("DELETE", "/api/mosaic/later")), 404);
}

TEST(Service, ACommandThatHasToWaitIsTriedThreeTimesAndOneOfADeadWorkerAgain) {
  Asking ask("again");
  Database& db = ask.jobs->database();
  queue::ask_command(db, "mosaic", {{"name", "a"}}, "test", kNow_unix_s);
  const queue::Obey waits = [](queue::Queue&, const std::string&, const Json&) {
    return queue::CommandEnd{false, true, {{"exit_code", 75}}};
  };
  EXPECT_EQ(queue::obey_commands(*ask.jobs, waits)[0]["state"], "queued");
  EXPECT_TRUE(std::filesystem::exists(queue::commands_mark(ask.settings.queue_db)));
  EXPECT_EQ(queue::obey_commands(*ask.jobs, waits)[0]["state"], "queued");
  EXPECT_EQ(queue::obey_commands(*ask.jobs, waits)[0]["state"], "failed");
  const auto id = queue::ask_command(db, "mosaic", {{"name", "b"}}, "test", kNow_unix_s);
  db.execute(
      "UPDATE command SET state = 'taken', attempt = 1, taken_at = 0, pid = 999999999, host = '" +
      ask.jobs->settings().worker.host + "' WHERE id = " + std::to_string(id));
  EXPECT_EQ(queue::obey_commands(*ask.jobs, waits).size(), 1u);
  const queue::Obey fails = [](queue::Queue&, const std::string&,
                               const Json&) -> queue::CommandEnd { throw DataError("no tiles"); };
  EXPECT_EQ(queue::obey_commands(*ask.jobs, fails)[0]["result"]["error"], "no tiles");
}

TEST(Service, PicturesComeFromBelowTheirFolderOnly) {
  Asking ask("pictures");
  const std::string stem = ask.folder + "/images/2027-01-15/a";
  std::ofstream(stem + "-image.png") << "\x89PNG picture";
  std::ofstream(ask.folder + "/secret-image.png") << "secret";
  const auto insert = [&](int id, const std::string& path) {
    Statement(
        ask.jobs->database(),
        "INSERT INTO images (id, path, ms_path, group_id, created_at, type, pbcor, tier, science,"
        " field_name, center_ra_deg, center_dec_deg, imsize_x, imsize_y, cellsize_arcsec,"
        " freq_ghz, bandwidth_mhz, integration_sec, mid_mjd, verdict) VALUES (?1, ?2, 'm', 'g',"
        " 1, 'image', 0, 'science', 1, 'f', 1, 2, 3, 3, 1, 1.4, 1, 1, 61000, 'PASS')")
        .bind(1, id)
        .bind(2, path)
        .run();
  };
  insert(1, stem + "-image.fits");
  insert(2, ask.folder + "/secret-image.fits");
  insert(3, ask.folder + "/images/../secret-image.fits");
  std::filesystem::create_symlink(ask.folder + "/secret-image.png",
                                  ask.folder + "/images/2027-01-15/link-image.png");
  insert(4, ask.folder + "/images/2027-01-15/link-image.fits");
  insert(5, "/etc/passwd");
  const Answer answer = ask.service.answer(asking("GET", "/api/v1/images/1/picture"));
  EXPECT_EQ(answer.body, "\x89PNG picture");
  EXPECT_EQ(answer.type, "image/png");
  for (const char* id : {"2", "3", "4", "5"})
    EXPECT_EQ(
        ask.service.answer(asking("GET", std::string("/api/v1/images/") + id + "/picture")).status,
        404)
        << id;
  const Json list = ask.read("/api/v1/images?limit=2");
  EXPECT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0]["id"], 5);
  EXPECT_EQ(list[0]["qa_grade"], "good");
  EXPECT_EQ(ask.read("/api/v1/images?before=3")[0]["id"], 2);
}

TEST(Service, TooManyRequestsAreTurnedAwayAndWrongTokensCostMore) {
  KnownQueue known("rate");
  known.settings.rate_limit = 10;  // bursts of 20
  ServiceOptions options = known.options();
  double now_s = 0;
  options.clock_s = [&] { return now_s; };
  Service service(options);
  int granted = 0;
  for (int i = 0; i < 100; ++i) granted += service.answer(asking("GET", "/ready")).status == 200;
  EXPECT_EQ(granted, 20);
  now_s = 100;
  Request wrong = asking("GET", "/ready");
  wrong.headers["authorization"] = "Bearer guessed-token-0123456789";
  int tried = 0;
  for (int i = 0; i < 100; ++i) tried += service.answer(wrong).status == 401;
  EXPECT_EQ(tried, 1);
}

TEST(Service, ABodyIsOfJsonAndHealthPortsHaveProbesOnly) {
  Asking ask("types");
  Request form = asking("POST", "/api/streaming/config", "max_workers=3");
  form.headers["content-type"] = "application/x-www-form-urlencoded";
  EXPECT_EQ(ask.service.answer(form).status, 415);
  EXPECT_EQ(ask.service.answer(asking("GET", "/api/status"), true).status, 404);
  EXPECT_EQ(ask.service.answer(asking("GET", "/health"), true).status, 200);
  const Answer wrong = ask.service.answer(asking("POST", "/api/status"));
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.at(0).second, "GET");
}

}  // namespace
}  // namespace contimg::status
