// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/night.h"

#include "base/clock.h"
#include "base/error.h"
#include "fixture.h"
#include "report/night_parts.h"
#include "report/night_report.h"

namespace contimg::report {
namespace {

constexpr double kNightBegin = 1769428800;  // 2026-01-26T12:00:00 UTC: date -u -d 2026-01-26T12 +%s

TEST(Night, BeginsAtNoonAndIsNamedByItsFirstDay) {
  const Night night = night_named("2026-01-26");
  EXPECT_DOUBLE_EQ(night.begin_unix_s, kNightBegin);
  EXPECT_DOUBLE_EQ(night.end_unix_s, kNightBegin + 86400);
  EXPECT_EQ(night.first_id, "2026-01-26T12:00:00");
  EXPECT_EQ(night.end_id, "2026-01-27T12:00:00");
  for (const char* wrong : {"2026-1-26", "", "2026-02-30", "yesterday", "2026-01-26T"})
    EXPECT_THROW(night_named(wrong), UsageError) << wrong;
}

TEST(Night, TheLastIsTheOneThatHasEnded) {
  EXPECT_EQ(last_night(kNightBegin + 86400).date, "2026-01-26");
  EXPECT_EQ(last_night(kNightBegin + 86400 - 1).date, "2026-01-25");
  EXPECT_EQ(last_night(kNightBegin + 86400 + 80 * 60).date, "2026-01-26");
}

NightGroup covering(double begin_unix_s) {
  NightGroup group;
  group.group_id = "g" + std::to_string(begin_unix_s);
  group.begin_unix_s = begin_unix_s;
  group.end_unix_s = begin_unix_s + kSlot_s;
  group.state = "completed";
  group.verdict = "PASS";
  return group;
}

TEST(Coverage, AFullNightHasNoGaps) {
  const Night night = night_named("2026-01-26");
  std::vector<NightGroup> groups;
  for (int i = 0; i < 279; ++i) groups.push_back(covering(kNightBegin + i * kSlot_s));
  const Coverage coverage = coverage_of(night, groups);
  EXPECT_EQ(coverage.n_slots, 279);
  EXPECT_EQ(coverage.slots.size(), 279U);
  EXPECT_EQ(coverage.n.at(SlotState::imaged), 279);
  EXPECT_NEAR(coverage.observed_s, 279 * 309.24, 1e-3);
}

TEST(Coverage, GapsBetweenAreMissingAndThoseAtTheEndsAreSilent) {
  const Night night = night_named("2026-01-26");
  std::vector<NightGroup> groups = {covering(kNightBegin + 10 * kSlot_s),
                                    covering(kNightBegin + 11 * kSlot_s),
                                    covering(kNightBegin + 15 * kSlot_s)};
  groups[1].verdict = "FAIL";
  groups[2].verdict = "";
  groups[2].state = "failed";
  const Coverage coverage = coverage_of(night, groups);
  EXPECT_EQ(coverage.n.at(SlotState::missing), 3);
  // 86400 / 309.24 = 279.4 slots; 16 of them lie before the end of the last group.
  EXPECT_EQ(coverage.n.at(SlotState::silent), 10 + 263);
  EXPECT_EQ(coverage.n.at(SlotState::poor), 1);
  EXPECT_EQ(coverage.n.at(SlotState::failed), 1);
  EXPECT_EQ(coverage.n_slots, 279);
  const Json json = coverage_json(coverage);
  ASSERT_EQ(json["gaps"].size(), 1U);
  EXPECT_NEAR(json["gaps"][0]["begin_unix_s"].get<double>(), kNightBegin + 12 * kSlot_s, 1e-3);
  EXPECT_EQ(json["gaps"][0]["n"], 3);
}

TEST(Coverage, NothingAtAllIsOneSilence) {
  const Coverage coverage = coverage_of(night_named("2026-01-26"), {});
  EXPECT_EQ(coverage.n_slots, 279);
  EXPECT_TRUE(std::isnan(coverage.first_unix_s));
}

TEST(Latency, PercentilesAreOfNearestRank) {
  std::vector<NightGroup> groups;
  for (int i = 1; i <= 100; ++i) {
    NightGroup group = covering(kNightBegin + i * kSlot_s);
    group.arrived_unix_s = 1000;
    group.imaged_unix_s = 1000 + i;
    group.finished_unix_s = i <= 80 ? 1000 + 2 * i : NAN;
    if (i > 80) group.next_stage = "measure";
    groups.push_back(group);
  }
  const Json json = latency_json(groups, 150);
  EXPECT_EQ(json["image"]["n"], 100);
  EXPECT_DOUBLE_EQ(json["image"]["p50_s"], 50);
  EXPECT_DOUBLE_EQ(json["image"]["p90_s"], 90);
  EXPECT_DOUBLE_EQ(json["image"]["p99_s"], 99);
  EXPECT_EQ(json["finished"]["n"], 80);
  EXPECT_DOUBLE_EQ(json["finished"]["max_s"], 160);
  EXPECT_EQ(json["finished"]["n_late"], 5);  // 152, 154 ... 160
  EXPECT_EQ(json["n_unfinished"], 20);
}

class NightReport : public ReportTest {
 protected:
  /// Ten groups: seven imaged, one of them FAIL; one failed; one waits; one lacks two subbands.
  void fill() {
    for (int i = 0; i < 10; ++i) {
      const double begin = kNightBegin + i * kSlot_s;
      const std::string id =
          group(begin, i == 7 ? "failed" : "completed", i == 0 ? "calibrator" : "science");
      if (i < 7) {
        attempt(id, "image", begin + 400 + 60 * (i + 1));
        attempt(id, "lightcurve", begin + 400 + 70 * (i + 1));
        image(id, i == 6 ? "FAIL" : i == 5 ? "WARN" : "PASS", 1e-3 * (i + 1), i == 6 ? "rms" : "");
      }
    }
    trouble(id_at(kNightBegin + 7 * kSlot_s), "convert", "failed",
            "disk <script>alert(1)</script> & \"x\"");
    trouble(id_at(kNightBegin + 8 * kSlot_s), "calibrate", "waiting", "no_calibration");
    Statement(db_,
              "UPDATE ingest_queue SET missing_subbands = '3,7', n_subbands = 14"
              " WHERE group_id = ?")
        .bind(1, id_at(kNightBegin + 9 * kSlot_s))
        .run();
    group(kNightBegin - 3600, "failed");   // of the night before
    group(kNightBegin + 86400, "failed");  // and the next
  }
};

TEST_F(NightReport, CountsAreThoseThatWerePutIn) {
  fill();
  const Json report = night_figures(db_, settings, night_named("2026-01-26"), kNightBegin + 90000);
  EXPECT_EQ(report["coverage"]["n_groups"], 10);
  const Json& states = report["coverage"]["slots_by_state"];
  EXPECT_EQ(states["imaged"], 6);
  EXPECT_EQ(states["image failed its gates"], 1);
  EXPECT_EQ(states["failed"], 1);
  EXPECT_EQ(states["converted"], 2);
  EXPECT_EQ(states["not observed"], 269);
  EXPECT_EQ(states.count("nothing came"), 0U);
  EXPECT_DOUBLE_EQ(report["keep_up"]["image"]["p50_s"], 240);
  EXPECT_DOUBLE_EQ(report["keep_up"]["image"]["max_s"], 420);
  EXPECT_DOUBLE_EQ(report["keep_up"]["finished"]["p90_s"], 490);
  EXPECT_EQ(report["keep_up"]["finished"]["n_late"], 0);
  EXPECT_NEAR(report["keep_up"]["allowed_s"].get<double>(), 4 * 309.24, 1e-3);
  EXPECT_EQ(report["images"]["n"], 7);
  EXPECT_EQ(report["images"]["verdicts"]["PASS"], 5);
  EXPECT_EQ(report["images"]["verdicts"]["WARN"], 1);
  EXPECT_EQ(report["images"]["verdicts"]["FAIL"], 1);
  EXPECT_DOUBLE_EQ(report["images"]["median_noise_jy"], 4e-3);
  ASSERT_EQ(report["images"]["worst"].size(), 2U);
  EXPECT_EQ(report["images"]["worst"][0]["verdict"], "FAIL");
  EXPECT_EQ(report["missing_subbands"]["n_groups"], 1);
  EXPECT_EQ(report["missing_subbands"]["by_subband"],
            Json::parse(R"([{"subband":3,"n_groups":1},{"subband":7,"n_groups":1}])"));
  ASSERT_EQ(report["failures"].size(), 1U);
  EXPECT_EQ(report["failures"][0]["groups"][0], id_at(kNightBegin + 7 * kSlot_s));
  EXPECT_EQ(report["waiting"][0]["commands"][0],
            "manage-caltables which " + id_at(kNightBegin + 8 * kSlot_s));
  EXPECT_EQ(report["calibration"]["transits"].size(), 1U);
  EXPECT_TRUE(report["variables"].is_null());
  EXPECT_EQ(report["verdict"]["word"], "DEGRADED");
  EXPECT_EQ(report["verdict"]["reasons"][0], "1 of 10 groups failed");
}

TEST_F(NightReport, TheVerdictFollowsTheNight) {
  const Night night = night_named("2026-01-26");
  const auto verdict = [&] {
    return word(night_figures(db_, settings, night, kNightBegin + 90000)["verdict"], "word");
  };
  EXPECT_EQ(verdict(), "FAILED");  // nothing was observed
  const std::string first = group(kNightBegin, "completed");
  EXPECT_EQ(verdict(), "FAILED");  // there is no image
  image(first, "PASS", 1e-3);
  db_.execute("UPDATE job SET state = 'done'");
  EXPECT_EQ(verdict(), "CLEAN");
  db_.execute("UPDATE image_qa SET verdict = 'WARN'");
  EXPECT_EQ(verdict(), "CLEAN");
  attempt(first, "lightcurve", kNightBegin + 400 + 5 * kSlot_s);
  EXPECT_EQ(verdict(), "DEGRADED");  // late: four durations are allowed
  db_.execute("DELETE FROM job_attempt");
  EXPECT_EQ(verdict(), "CLEAN");
  const std::string second = group(kNightBegin + 3 * kSlot_s, "completed");
  image(second, "PASS", 1e-3);
  EXPECT_EQ(verdict(), "DEGRADED");  // a gap of two slots
  group(kNightBegin + kSlot_s, "failed");
  group(kNightBegin + 2 * kSlot_s, "failed");
  group(kNightBegin + 4 * kSlot_s, "failed");
  EXPECT_EQ(verdict(), "FAILED");  // three of five
}

TEST_F(NightReport, TextOfTheQueueCannotBecomeMarkup) {
  fill();
  const Json report = night_figures(db_, settings, night_named("2026-01-26"), kNightBegin + 90000);
  const std::string page = night_page(report, {{"a\"b<c", "PASS", "x & <y>", "png"}});
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;alert(1)&lt;/script&gt;"), std::string::npos);
  EXPECT_NE(page.find("x &amp; &lt;y&gt;"), std::string::npos);
  EXPECT_EQ(page.find("a\"b<c"), std::string::npos);
  EXPECT_EQ(page.find("http:"), std::string::npos);
}

TEST_F(NightReport, WhatIsNoTextIsReplaced) {
  const std::string id = group(kNightBegin, "failed");
  trouble(id, "convert", "failed", "\x1b[31mbroken\xff\x01 caf\xc3\xa9");
  const Json report = night_figures(db_, settings, night_named("2026-01-26"), kNightBegin + 90000);
  EXPECT_EQ(report["failures"][0]["example"], " [31mbroken\xef\xbf\xbd  caf\xc3\xa9");
  EXPECT_NO_THROW(report.dump());
}

TEST_F(NightReport, AFullNightIsAPageOfLessThanHalfAMegabyte) {
  for (int i = 0; i < 279; ++i) {
    const std::string id = group(kNightBegin + i * kSlot_s, "completed");
    attempt(id, "lightcurve", kNightBegin + i * kSlot_s + 700);
    image(id, "PASS", 1e-3 + 1e-6 * i);
  }
  const Json report = night_figures(db_, settings, night_named("2026-01-26"), kNightBegin + 90000);
  const std::string page = night_page(report, {});
  EXPECT_LT(page.size(), 500000U);
  // A box for each slot, and one more where a slot goes over the end of a row of 6 hours; the key's.
  std::size_t n = 0;
  for (std::size_t at = 0; (at = page.find("<rect class=\"s-imaged\"", at)) != std::string::npos;
       ++at)
    ++n;
  EXPECT_EQ(n, 279U + 3U + 1U);
}

// SQLite counts the rows that a statement passes without an index.
TEST_F(NightReport, OnlyRowsOfTheNightAreRead) {
  db_.execute("BEGIN");
  for (int i = 1; i <= 500; ++i) {
    const std::string id = group(kNightBegin - i * kSlot_s, "completed");
    attempt(id, "image", kNightBegin);
    image(id, "PASS", 1e-3);
  }
  db_.execute("COMMIT");
  fill();
  long long n_scanned = 0;
  const auto count = [](unsigned, void* total, void* statement, void*) {
    *static_cast<long long*>(total) += sqlite3_stmt_status(static_cast<sqlite3_stmt*>(statement),
                                                           SQLITE_STMTSTATUS_FULLSCAN_STEP, 0);
    return 0;
  };
  sqlite3_trace_v2(db_.get(), SQLITE_TRACE_PROFILE, count, &n_scanned);
  ask(db_, "SELECT count(*) FROM ingest_queue WHERE error = 'x'");
  EXPECT_GE(n_scanned, 500);
  n_scanned = 0;
  night_figures(db_, settings, night_named("2026-01-26"), kNightBegin + 90000);
  EXPECT_LT(n_scanned, 50);
}

}  // namespace
}  // namespace contimg::report
