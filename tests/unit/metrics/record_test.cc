// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/record.h"

#include <sstream>

#include "base/error.h"
#include "fixture.h"

namespace contimg::metrics {
namespace {

constexpr const char* kLine =
    R"({"stage":"convert","group_id":"a","state":"completed","seconds":12.5,"load_time":4,)"
    R"("phase_time":5,"write_time":3,"cpu_s":40.5,"max_rss_kb":123456,"bytes_read":987654321,)"
    R"("host":"lxd110h17","slurm_job_id":"4711","started_at":1799999000,"n_row":7,"odd":{"x":[1]}})";

NextLine lines_of(std::istream& in) {
  return [&in](std::string& line) { return static_cast<bool>(std::getline(in, line)); };
}

std::string what(const std::string& line) {
  try {
    parse_stage_line(line);
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

TEST(StageLine, HasWhatWasMeasuredAndNothingElse) {
  const StageLine line = parse_stage_line(kLine);
  EXPECT_EQ(line.group_id, "a");
  EXPECT_EQ(line.stage, queue::Stage::convert);
  EXPECT_EQ(*line.wall_s, 12.5);
  EXPECT_EQ(*line.cpu_s, 40.5);
  EXPECT_EQ(*line.max_rss_kb, 123456);
  EXPECT_EQ(*line.bytes_read, 987654321);
  EXPECT_EQ(*line.slurm_job_id, "4711");
  EXPECT_FALSE(line.bytes_written);
  EXPECT_FALSE(line.ended_at_unix_s);
  EXPECT_FALSE(line.attempt);
}

TEST(StageLine, SaysWhatIsWrong) {
  EXPECT_EQ(what("/data/ms/science/a.ms"), "not a JSON object");
  EXPECT_EQ(what("[1]"), "not a JSON object");
  EXPECT_EQ(what(R"({"stage":"convert"})"), "group_id: expected the id of a group");
  EXPECT_EQ(what(R"({"group_id":7,"stage":"convert"})"), "group_id: expected a text");
  EXPECT_EQ(what(R"({"group_id":"a"})"), "stage: expected the name of a stage");
  EXPECT_NE(what(R"({"group_id":"a","stage":"cook"})").find("cook: not a stage"),
            std::string::npos);
  EXPECT_EQ(what(R"({"group_id":"a","stage":"flag","seconds":-1})"),
            "seconds: expected a number, not negative");
  EXPECT_EQ(what(R"({"group_id":"a","stage":"flag","seconds":"9"})"),
            "seconds: expected a number, not negative");
  EXPECT_EQ(what(R"({"group_id":"a","stage":"flag","seconds":9,"max_rss_kb":1.5})"),
            "max_rss_kb: expected a whole number, not negative");
  EXPECT_EQ(
      what(R"({"group_id":"a","stage":"flag","seconds":9,"bytes_read":18446744073709551615})"),
      "bytes_read: expected a whole number, not negative");
  EXPECT_EQ(what(R"({"group_id":"a","stage":"flag"})"),
            "seconds: expected a number, for a stage that was worked on");
  EXPECT_EQ(what(R"({"group_id":"a","stage":"flag","state":"existed"})"), "");
}

TEST(LogLine, IsFoundInTheDocumentedForm) {
  const auto ours = parse_log_line(
      "2026-01-25T22:26:05Z convert-group INFO: Group 2026-01-25T22:20:00 completed in 128.6 s");
  ASSERT_TRUE(ours);
  EXPECT_EQ(ours->group_id, "2026-01-25T22:20:00");
  EXPECT_EQ(ours->seconds, 128.6);
  EXPECT_EQ(*ours->ended_at_unix_s, 1769379965);  // date -u -d 2026-01-25T22:26:05Z +%s
  const auto syslog =
      parse_log_line("Jan 25 22:26:05 h17 convert-group[77]: INFO: Group x completed in 9 s");
  ASSERT_TRUE(syslog);
  EXPECT_EQ(syslog->seconds, 9);
  EXPECT_FALSE(syslog->ended_at_unix_s);
  EXPECT_FALSE(parse_log_line("Group x took 285.2 s (exceeds 4.5 min threshold)"));
  EXPECT_FALSE(parse_log_line("Group x completed in no time"));
  EXPECT_FALSE(parse_log_line("Group x completed in 9 seconds"));
}

TEST_F(MetricsTest, ALineIsRecordedOnceForOneTry) {
  queue::Queue queue(queue_settings());
  Database& db = queue.database();
  arrive(db, "a");
  EXPECT_EQ(record_line(db, parse_stage_line(kLine), now), Recorded::recorded);
  EXPECT_EQ(record_line(db, parse_stage_line(kLine), now + 9), Recorded::unchanged);
  EXPECT_EQ(db.text("SELECT group_concat(group_id || stage || attempt || ' ' || host || ' ' ||"
                    " slurm_job_id || ' ' || wall_s || ' ' || cpu_s || ' ' || max_rss_kb || ' ' ||"
                    " bytes_read || (bytes_written IS NULL) || (ended_at IS NULL) || source)"
                    " FROM stage_metrics"),
            "aconvert0 lxd110h17 4711 12.5 40.5 123456 98765432111measured");
  EXPECT_EQ(db.text("SELECT load_time || ' ' || phase_time || ' ' || write_time || ' ' ||"
                    " total_time || source || (recorded_at = 1.8e9) FROM performance_metrics"),
            "4.0 5.0 3.0 12.5measured1");
  StageLine second = parse_stage_line(kLine);
  second.attempt = 2;
  EXPECT_EQ(record_line(db, second, now), Recorded::recorded);
  EXPECT_EQ(db.integer("SELECT count(*) FROM stage_metrics"), 2);
}

TEST_F(MetricsTest, ALineAddsToWhatTheClaimMeasured) {
  queue::Queue queue(queue_settings());
  Database& db = queue.database();
  arrive(db, "a");
  work(queue, queue::Stage::convert, 12.5);
  StageLine line;
  line.group_id = "a";
  line.wall_s = 12.5;
  line.bytes_written = 77;
  EXPECT_EQ(record_line(db, line, now), Recorded::recorded);
  EXPECT_EQ(db.text("SELECT attempt || ' ' || wall_s || ' ' || max_rss_kb || ' ' || bytes_written"
                    " || (host IS NOT NULL) FROM stage_metrics"),
            "1 12.5 1000 771");
}

TEST_F(MetricsTest, ALogFillsInForWhatWasNotMeasuredAndSaysSo) {
  queue::Queue queue(queue_settings());
  Database& db = queue.database();
  arrive(db, "a");
  arrive(db, "b");
  record_line(db, parse_stage_line(kLine), now);
  std::istringstream log(
      "Group a completed in 99 s\nGroup b completed in 50 s\nnoise\n"
      "Group b completed in 60.5 s\nGroup c completed in 1 s\n");
  const LineCounts counts = record_log(db, log, now);
  EXPECT_EQ(counts.recorded, 2);
  EXPECT_EQ(counts.measured, 1);
  EXPECT_EQ(counts.unknown_group, 1);
  EXPECT_EQ(db.text("SELECT group_concat(group_id || total_time || source, ' ')"
                    " FROM (SELECT * FROM performance_metrics ORDER BY group_id)"),
            "a12.5measured b60.5log");
  EXPECT_EQ(db.text("SELECT wall_s || source || (cpu_s IS NULL) FROM stage_metrics"
                    " WHERE group_id = 'b'"),
            "60.5log1");
  StageLine measured = parse_stage_line(kLine);
  measured.group_id = "b";
  EXPECT_EQ(record_line(db, measured, now), Recorded::recorded);
  EXPECT_EQ(db.text("SELECT group_concat(wall_s || source) FROM stage_metrics"
                    " WHERE group_id = 'b'"),
            "12.5measured");
}

TEST_F(MetricsTest, LinesPassThroughWhateverBecomesOfThem) {
  queue::Queue queue(queue_settings());
  arrive(queue.database(), "a");
  const std::string text = std::string(kLine) +
                           "\nnonsense\n{\"group_id\":\"z\",\"stage\":\"flag\",\"seconds\":1}\n\n" +
                           R"({"group_id":"a","stage":"flag","seconds":3})" + "\n";
  std::istringstream in(text);
  std::ostringstream out;
  std::string told;
  const LineCounts counts = record_lines(
      queue.database(), lines_of(in), out, [this] { return now; },
      [&](const std::string& warning) { told += warning + "\n"; });
  EXPECT_EQ(out.str(), text);
  EXPECT_EQ(counts.recorded, 2);
  EXPECT_EQ(counts.malformed, 2);
  EXPECT_EQ(counts.unknown_group, 1);
  EXPECT_EQ(told,
            "line 2: not a JSON object\nline 3: z: not in the queue, not recorded\n"
            "line 4: not a JSON object\n");
  EXPECT_EQ(queue.database().integer("SELECT count(*) FROM stage_metrics"), 2);
}

TEST_F(MetricsTest, ALockedQueueStillLetsTheLinesThrough) {
  queue::QueueSettings impatient = queue_settings();
  impatient.busy_timeout_ms = 1;
  queue::Queue queue(impatient);
  arrive(queue.database(), "a");
  Database other = queue::open_queue(impatient, false);
  Transaction held(other);
  std::istringstream in(std::string(kLine) + "\n" + kLine + "\n");
  std::ostringstream out;
  EXPECT_THROW(
      record_lines(
          queue.database(), lines_of(in), out, [this] { return now; }, [](const std::string&) {}),
      TemporaryError);
  EXPECT_EQ(out.str(), in.str());
}

}  // namespace
}  // namespace contimg::metrics
