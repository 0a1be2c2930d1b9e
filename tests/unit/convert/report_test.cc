// SPDX-License-Identifier: GPL-3.0-or-later
#include "convert/report.h"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"

namespace contimg::convert {
namespace {

class ReportTest : public testing::Test {
 protected:
  void SetUp() override {
    before_ = spdlog::default_logger();
    const auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(log_);
    sink->set_pattern("%l: %v");
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("test", sink));
    report_.ms_path = "/ms/set.ms";
  }
  void TearDown() override { spdlog::set_default_logger(before_); }

  std::string logged(bool profile = false) {
    log_.str("");
    log_report("2026-01-25T22:26:05", report_, profile);
    spdlog::default_logger()->flush();
    return log_.str();
  }

  Report report_;

 private:
  std::ostringstream log_;
  std::shared_ptr<spdlog::logger> before_;
};

TEST_F(ReportTest, SaysHowLongAGroupTook) {
  report_.total_s = 12.34;
  EXPECT_EQ(logged(), "info: Group 2026-01-25T22:26:05 completed in 12.3 s\n");
}

TEST_F(ReportTest, WarnsAboveFourAndAHalfMinutesInTheDocumentedWords) {
  report_.total_s = 270;
  EXPECT_EQ(logged().find("warning"), std::string::npos);
  report_.total_s = 270.1;
  EXPECT_NE(logged().find("warning: Group 2026-01-25T22:26:05 took 270.1 s (exceeds 4.5 min "
                          "threshold)"),
            std::string::npos);
}

TEST_F(ReportTest, NamesWhatWasFlaggedAndMissing) {
  report_.missing_subbands = {3, 7};
  report_.findings.n_visibility = 200;
  report_.findings.n_without_samples = 50;
  report_.findings.n_not_finite = 4;
  report_.remarks = {"the header's reference point is elsewhere"};
  const std::string text = logged();
  for (const char* words : {"without subbands 3,7", "50 visibilities (25.0 %)",
                            "4 visibilities were NaN", "reference point is elsewhere"})
    EXPECT_NE(text.find(words), std::string::npos) << words << " in " << text;
}

TEST_F(ReportTest, JsonHasTheShareOfFlaggedAmongWhatWasWritten) {
  report_.findings.n_flagged = 25;
  report_.findings.n_written = 200;
  const auto json = nlohmann::json::parse(to_json("id", report_));
  EXPECT_DOUBLE_EQ(json.at("flagged_percent").get<double>(), 12.5);
  EXPECT_EQ(json.at("state"), "completed");
}

TEST_F(ReportTest, APlanHasNoTimesAndSaysSo) {
  report_.planned = true;
  const auto json = nlohmann::json::parse(to_json("id", report_));
  EXPECT_EQ(json.at("state"), "planned");
  EXPECT_FALSE(json.contains("total_time"));
  EXPECT_NE(logged().find("would make /ms/set.ms"), std::string::npos);
  EXPECT_EQ(logged().find("completed"), std::string::npos);
}

TEST(GroupIdOf, IsTheStampOfSubbandZeroElseTheEarliest) {
  EXPECT_EQ(group_id_of({"a/2026-01-25T22:26:03_sb05.hdf5", "b/2026-01-25T22:26:07_sb00.hdf5"}),
            "2026-01-25T22:26:07");
  EXPECT_EQ(group_id_of({"2026-01-25T22:26:07_sb01.hdf5", "2026-01-25T22:26:03_sb05.hdf5"}),
            "2026-01-25T22:26:03");
  EXPECT_THROW(group_id_of({}), UsageError);
}

}  // namespace
}  // namespace contimg::convert
