// SPDX-License-Identifier: GPL-3.0-or-later
#include "notice/findings.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "base/sqlite.h"
#include "queue/claim.h"
#include "queue/groups.h"
#include "queue/newest_backup.h"
#include "queue/tick.h"
#include "scratch.h"

namespace contimg::notice {
namespace {

using queue::Stage;

class Findings : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    queue::QueueSettings where;
    where.path = scratch(name + ".sqlite3");
    where.clock_unix_s = [this] { return now; };
    jobs.emplace(where);
    settings.queue_db = where.path;
    settings.output_dir = scratch(name + "-ms");
    std::filesystem::create_directories(settings.output_dir);
    settings.disk_floor_gb = 0;
  }
  void add(const std::string& id, queue::GroupState state = queue::GroupState::pending) {
    queue::Group group;
    group.group_id = id;
    group.state = state;
    group.received_at_unix_s = group.last_update_unix_s = now;
    queue::insert_group(jobs->database(), group, "test", "");
  }
  void sql(const std::string& text) { jobs->database().execute(text); }
  std::map<std::string, Notice> found() {
    std::map<std::string, Notice> by_key;
    for (const Notice& notice : findings(jobs->database(), settings, now))
      by_key[notice.key] = notice;
    return by_key;
  }
  bool has(const std::string& key) { return found().count(key) > 0; }

  double now = 1.8e9;
  contimg::Settings settings;
  std::optional<queue::Queue> jobs;
  const std::string first = "2026-01-25T22:26:05", second = "2026-01-25T22:31:14";
};

TEST_F(Findings, AQueueInOrderNeedsNobody) {
  EXPECT_TRUE(found().empty());
  add(first);
  EXPECT_TRUE(found().empty());
}

TEST_F(Findings, AFailedGroupWithItsReasonAndRemedy) {
  add(first);
  jobs->claim(Stage::convert)->fail("a file is broken");
  const Notice notice = found().at("group-failed/" + first + "/convert");
  EXPECT_EQ(notice.text, "a file is broken");
  EXPECT_NE(notice.remedy.find("manage-queue retry " + first), std::string::npos);
  EXPECT_EQ(found().size(), 1U);  // its dead letter is no second notice
  sql("UPDATE ingest_queue SET state = 'pending'");
  EXPECT_TRUE(found().empty());
}

TEST_F(Findings, ADeadLetterWhoseJobOnlyWaits) {
  add(first);
  jobs->claim(Stage::convert)->fail("a file is broken");
  sql("UPDATE job SET state = 'waiting', not_before = 2e9");
  EXPECT_TRUE(has("dead-letter/" + first + "/convert"));
}

TEST_F(Findings, APauseThatLastsAndLackOfRoomAtOnce) {
  sql("INSERT OR REPLACE INTO control VALUES ('paused', '1', 1799999000),"
      " ('paused_reason', 'disk swap', 1799999000)");
  EXPECT_FALSE(has("paused"));
  now += 3000;
  EXPECT_NE(found().at("paused").text.find("disk swap"), std::string::npos);
  sql("INSERT INTO control VALUES ('held_reason', 'no room there', 1800000000)");
  EXPECT_EQ(found().at("no-room").severity, Severity::critical);
}

TEST_F(Findings, ADiskBelowItsFloor) {
  settings.disk_floor_gb = 1e9;
  EXPECT_EQ(found().at("disk/output").severity, Severity::critical);
}

TEST_F(Findings, AStepThatLasts) {
  sql("INSERT INTO degradation (step, reason, since)"
      " VALUES ('quicklook first, deep later', 'much to do', 1799999000)");
  EXPECT_FALSE(has("under-pressure"));
  now += 7200;
  EXPECT_NE(found().at("under-pressure").text.find("much to do"), std::string::npos);
}

TEST_F(Findings, FallingBehind) {
  for (int i = 0; i < 40; ++i) {
    char id[32];
    std::snprintf(id, sizeof id, "2026-01-25T%02d:%02d:00", i / 10, i % 10);
    add(id);
  }
  sql("UPDATE ingest_queue SET last_subband_at = 1799997000 + 60 * CAST(substr(group_id, 15, 2) AS"
      " INTEGER), first_time_unix_s = 0, last_time_unix_s = 300, integration_time_s = 12");
  add("2026-01-24T00:00:00");
  sql("UPDATE ingest_queue SET last_subband_at = 1799990000 WHERE group_id = "
      "'2026-01-24T00:00:00'");
  auto claim = jobs->claim_group(Stage::convert, "2026-01-24T00:00:00");
  settings.stages = {"convert"};
  claim->finish({});
  now += 60;
  EXPECT_TRUE(has("falling-behind"));
}

TEST_F(Findings, StaleGroups) {
  add(first);
  const auto claim = jobs->claim(Stage::convert);
  now += 3000;
  EXPECT_TRUE(has("stale-groups"));
}

TEST_F(Findings, AStageThatRunsFarTooLongOrIsKilledAgainAndAgain) {
  add(first);
  std::optional<queue::Claim> claim = jobs->claim(Stage::convert);
  now += 3700;
  claim->renew();
  EXPECT_TRUE(has("stage-stuck/" + first + "/convert"));
  sql("INSERT INTO stage_metrics (group_id, stage, attempt, started_at, ended_at, wall_s, source)"
      " VALUES ('g', 'convert', 1, 1799990000, 1799999000, 3000, 'measured')");
  EXPECT_FALSE(has("stage-stuck/" + first + "/convert"));
  claim->retry("made no progress for 15 min, killed");
  EXPECT_FALSE(has("stage-stalls/convert"));
  now += 100;
  jobs->claim(Stage::convert)->retry("made no progress for 15 min, killed");
  EXPECT_TRUE(has("stage-stalls/convert"));
}

TEST_F(Findings, GroupsThatWaitForACalibrationAndASetThatIsTooOld) {
  add(first);
  jobs->claim(Stage::convert)->finish({});
  sql("UPDATE job SET stage = 'calibrate' WHERE stage = 'flag'");
  jobs->claim(Stage::calibrate)->release("no_calibration", now + 9e6);
  EXPECT_FALSE(has("calibration-waiting"));
  now += 3700;
  EXPECT_EQ(found().at("calibration-waiting").severity, Severity::warning);
  now += 13 * 3600;
  EXPECT_EQ(found().at("calibration-waiting").severity, Severity::critical);
  settings.stages = {"convert", "flag"};
  EXPECT_FALSE(has("calibration-waiting"));
}

TEST_F(Findings, MissingSubbands) {
  for (int i = 0; i < 4; ++i) {
    const std::string id = "2026-01-25T22:2" + std::to_string(i) + ":00";
    add(id);
    for (int subband = 0; subband < 16; ++subband)
      if (subband != 5 && !(subband == 6 && i == 0))
        sql("INSERT INTO subband_files (group_id, subband_idx, path) VALUES ('" + id + "', " +
            std::to_string(subband) + ", '" + id + "-" + std::to_string(subband) + "')");
  }
  const auto all = found();
  EXPECT_EQ(all.count("subband-missing/05"), 1U);
  EXPECT_EQ(all.size(), 1U);
  add(first, queue::GroupState::collecting);
  EXPECT_FALSE(has("missing-subbands/" + first));
  now += 601;
  EXPECT_TRUE(has("missing-subbands/" + first));
}

TEST_F(Findings, AnAntennaThatCeasedToGiveData) {
  const auto shares = [&](int age_h, const char* json) {
    add("2026-01-25T10:00:" + std::to_string(10 + age_h));
    sql("INSERT INTO flag_shares VALUES ('2026-01-25T10:00:" + std::to_string(10 + age_h) +
        "', 'flag', 'antenna', '" + json + "', " + std::to_string(1.8e9 - 3600.0 * age_h) + ")");
  };
  settings.expected_subbands = 0;
  shares(4, R"({"1": 0.1, "2": 0.2, "3": 1.0})");
  shares(3, R"({"1": 0.1, "2": 1.0, "3": 1.0})");
  shares(2, R"({"1": 0.1, "2": 0.99, "3": 1.0})");
  EXPECT_FALSE(has("antenna-missing/2"));
  shares(1, R"({"1": 0.96, "2": 1.0, "3": 1.0})");
  EXPECT_TRUE(has("antenna-missing/2"));
  EXPECT_FALSE(has("antenna-missing/1"));
  EXPECT_FALSE(has("antenna-missing/3"));  // out for as long as is known
}

TEST_F(Findings, BackupsThatAreTooOldOrMissing) {
  settings.backup_dir = scratch("backups");
  EXPECT_FALSE(has("backup"));  // nothing to back up yet
  add(first);
  EXPECT_FALSE(has("backup"));
  now += 2 * 86400;
  EXPECT_NE(found().at("backup").text.find("there is none"), std::string::npos);
  std::filesystem::create_directories(settings.backup_dir);
  std::ofstream(settings.backup_dir + "/queue-x.sqlite3.sha256") << "not one";
  std::ofstream(settings.backup_dir + "/other.sqlite3") << "nor this";
  EXPECT_FALSE(queue::newest_backup_unix_s(settings.backup_dir));
  std::ofstream(settings.backup_dir + "/queue-x.sqlite3") << "one";
  now = *queue::newest_backup_unix_s(settings.backup_dir) + 3600;
  EXPECT_FALSE(has("backup"));
  now += 86400;
  EXPECT_TRUE(has("backup"));
}

TEST_F(Findings, TicksThatAllFail) {
  for (int i = 0; i < 3; ++i) queue::mark_tick(*jobs, queue::begin_tick(*jobs), i == 0 ? 0 : 2);
  EXPECT_FALSE(has("ticks-fail"));
  now += 60;
  queue::mark_tick(*jobs, queue::begin_tick(*jobs), 2);
  EXPECT_TRUE(has("ticks-fail"));
}

TEST_F(Findings, TilesThatWereDueKnownSourcesAndHaveNone) {
  settings.measurement_db = scratch("tiles-without-sources.sqlite3");
  Database db(settings.measurement_db, Database::Mode::create, 1000);
  db.execute(
      "CREATE TABLE epoch (group_id TEXT, mid_mjd REAL, science INTEGER, verdict TEXT);"
      "CREATE TABLE injection (id INTEGER PRIMARY KEY, group_id TEXT, mid_mjd REAL);"
      "CREATE TABLE injected_source (injection_id INTEGER, name TEXT, true_flux_jy REAL,"
      " true_snr REAL, expected REAL, found INTEGER, flux_jy REAL, noise_error_jy REAL)");
  const auto tile = [&](const std::string& group_id, double days_ago) {
    Statement(db, "INSERT INTO epoch VALUES (?1, ?2, 1, 'PASS')")
        .bind(1, group_id)
        .bind(2, 40587 + now / 86400 - days_ago)
        .run();
  };
  settings.injection_every = 1;
  tile("c", 0.3);
  tile("b", 0.2);
  EXPECT_FALSE(has("injection-absent")) << "two may be chance";
  tile("a", 0.1);
  const Notice notice = found().at("injection-absent");
  EXPECT_NE(notice.text.find("The last 3 tiles"), std::string::npos) << notice.text;
  EXPECT_NE(notice.remedy.find("image-ms --inject --group a"), std::string::npos) << notice.remedy;
  db.execute("INSERT INTO injection (group_id, mid_mjd) VALUES ('b', 1)");
  EXPECT_FALSE(has("injection-absent"));
  db.execute("DELETE FROM injection");
  settings.injection_every = 0;
  EXPECT_FALSE(has("injection-absent")) << "switched off";
  settings.injection_every = 1;
  now += 4 * 86400;
  EXPECT_FALSE(has("injection-absent")) << "of old data only";
}

}  // namespace
}  // namespace contimg::notice
