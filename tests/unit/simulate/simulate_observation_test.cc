// SPDX-License-Identifier: GPL-3.0-or-later
#include "simulate/simulate_observation.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "astro/epoch.h"
#include "base/error.h"
#include "scratch.h"
#include "simulate/schedule.h"
#include "subband/summary.h"

namespace contimg::simulate {
namespace {

class SimulateObservation : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = scratch("observation");
    std::filesystem::create_directory(folder_);
    settings_.output_dir = folder_;
    settings_.observation.n_antenna = 3;
    settings_.observation.n_channel = 4;
    settings_.observation.n_integration = 3;
  }
  void TearDown() override {
    for (const auto& [path, subband] : files_) std::remove(path.c_str());
    if (std::system(("rm -r '" + folder_ + "'").c_str()) != 0) ADD_FAILURE();
  }
  void simulate() {
    files_.clear();
    report_ = simulate_observation(
        settings_, [&](const WrittenFile& file) { files_[file.path] = file.subband; });
  }
  nlohmann::json truth(std::size_t group) const {
    std::ifstream file(folder_ + "/" + report_.group_ids.at(group) + ".truth.json");
    return nlohmann::json::parse(file);
  }
  static std::string bytes(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
  }
  /// "valid" when the file's own reader takes it and knows its subband, as scan-incoming asks.
  static std::string judged(const std::string& path, std::size_t subband) {
    try {
      const subband::Summary summary = subband::read_summary(path);
      const auto found = subband::subband_from_frequency(summary);
      return found && static_cast<std::size_t>(*found) == subband ? "valid" : "invalid";
    } catch (const DataError&) {
      return "invalid";
    }
  }

  std::string folder_;
  Settings settings_;
  std::map<std::string, std::size_t> files_;
  SimulationReport report_;
};

TEST_F(SimulateObservation, WritesTheSameBytesFromTheSameSeedWhateverTheThreads) {
  settings_.sky.n_random = 3;
  settings_.n_thread = 1;
  simulate();
  std::map<std::string, std::string> first;
  for (const auto& [path, subband] : files_) first[path] = bytes(path);
  ASSERT_EQ(first.size(), 16u);
  settings_.n_thread = 3;
  settings_.overwrite = true;
  simulate();
  for (const auto& [path, content] : first) EXPECT_TRUE(content == bytes(path)) << path;
  settings_.seed = 2;
  simulate();
  EXPECT_FALSE(first.begin()->second == bytes(first.begin()->first));
}

TEST_F(SimulateObservation, PutsGroupsAtTheCorrelatorsCadence) {
  settings_.observation.n_group = 3;
  settings_.observation.start_mjd_s = astro::parse_stamp("2026-02-28T23:55:00");
  simulate();
  ASSERT_EQ(report_.group_ids.size(), 3u);
  EXPECT_EQ(report_.group_ids[0], "2026-02-28T23:55:00");
  EXPECT_EQ(report_.group_ids[1], "2026-03-01T00:00:09");
  EXPECT_EQ(report_.group_ids[2], "2026-03-01T00:05:18");
  const auto first = truth(0)["time_jd"], second = truth(1)["time_jd"];
  EXPECT_NEAR((second[0].get<double>() - first[0].get<double>()) * 86400, 309.237645312, 1e-4);
}

TEST_F(SimulateObservation, RefusesToReplaceFilesUnlessTold) {
  simulate();
  EXPECT_THROW(simulate(), UsageError);
}

TEST_F(SimulateObservation, EveryFaultGivesAFileThatIsWhatTheTruthSays) {
  const auto& kinds = all_fault_kinds();
  for (const FaultKind kind : kinds) {
    Fault fault{kind, settings_.observation.n_group - 1, 5, false, {}};
    if (kind == FaultKind::growing) fault.options["seconds"] = "0.1";
    settings_.faults.push_back(fault);
    ++settings_.observation.n_group;
  }
  --settings_.observation.n_group;
  simulate();
  for (std::size_t g = 0; g < kinds.size(); ++g) {
    const nlohmann::json document = truth(g);
    for (const auto& file : document["files"]) {
      const std::string path = folder_ + "/" + file["name"].get<std::string>();
      struct stat status = {};
      const bool there = stat(path.c_str(), &status) == 0;
      ASSERT_EQ(there, file["outcome"] != "absent") << path;
      if (there) {
        EXPECT_EQ(judged(path, file["subband"]), file["outcome"])
            << fault_name(kinds[g]) << ' ' << path;
      }
      if (file["subband"] != 5) {
        EXPECT_EQ(file["outcome"], "valid");
      }
    }
  }
}

TEST_F(SimulateObservation, ExpectsGroupsToBeCompleteExactlyWhenSixteenSubbandsCount) {
  const std::map<std::string, std::string> expected = {{"missing", "incomplete"},
                                                       {"duplicate", "complete"},
                                                       {"truncated", "incomplete"},
                                                       {"bit-flip", "complete"},
                                                       {"nan-tail", "complete"},
                                                       {"short", "complete"},
                                                       {"mislabelled", "incomplete"},
                                                       {"wrong-name", "complete"},
                                                       {"late", "complete"},
                                                       {"restart-gap", "complete"},
                                                       {"antenna-count", "incomplete"},
                                                       {"antenna-count:subband=all", "complete"}};
  for (const auto& [text, outcome] : expected) {
    settings_.faults = {parse_fault(text)};
    settings_.overwrite = true;
    simulate();
    EXPECT_EQ(truth(0)["expected"], outcome) << text;
  }
}

TEST_F(SimulateObservation, HoldsLateFilesForASecondRun) {
  settings_.faults = {parse_fault("late:subband=9")};
  settings_.late = LateFiles::hold;
  simulate();
  EXPECT_EQ(files_.size(), 15u);
  settings_.late = LateFiles::only;
  simulate();
  ASSERT_EQ(files_.size(), 1u);
  EXPECT_EQ(files_.begin()->second, 9u);
}

TEST(MixedFaults, HaveEveryKindAndLeaveMostGroupsAlone) {
  const auto faults = mixed_faults(3, 279, 16);
  std::map<FaultKind, int> count;
  std::map<std::size_t, int> in_group;
  for (const Fault& fault : faults) {
    ++count[fault.kind];
    ++in_group[fault.group.value()];
  }
  EXPECT_EQ(count.size(), all_fault_kinds().size());
  EXPECT_EQ(in_group.size(), faults.size());
  EXPECT_EQ(faults.size(), 93u);
}

TEST(ParseFault, ReadsWhatItIsGivenAndRefusesTheRest) {
  const Fault fault = parse_fault("truncated:group=3:subband=7:fraction=0.25");
  EXPECT_EQ(fault.kind, FaultKind::truncated);
  EXPECT_EQ(fault.group, 3u);
  EXPECT_EQ(fault.subband, 7u);
  EXPECT_EQ(fault.number("fraction", 1), 0.25);
  EXPECT_THROW(parse_fault("broken"), UsageError);
  EXPECT_THROW(parse_fault("truncated:seconds=1"), UsageError);
  EXPECT_THROW(parse_fault("truncated:subband=x"), UsageError);
}

TEST(PlanSchedule, CatchesACalibratorInTransitAtMidGroup) {
  Settings settings;
  skymodel::Component calibrator;
  calibrator.position = {202.784533 * astro::kDegree, 30.509155 * astro::kDegree};
  const auto earth = astro::EarthOrientation::built_in();
  const Schedule schedule = plan_schedule(settings, &calibrator, earth);
  const GroupPlan& group = schedule.groups[0];
  const astro::ApparentFrame frame(group.mid_mjd_s(),
                                   {-2.064427799136453, 0.6498455107238486, 1188}, earth);
  const astro::Direction place = frame.hour_angle_dec(calibrator.position);
  EXPECT_LT(std::abs(place.ra_rad), 1.0 * 15 * astro::kArcsec);  // stamps are whole seconds
  EXPECT_NEAR(place.dec_rad, schedule.pointing_dec_rad, 1e-9);
}

}  // namespace
}  // namespace contimg::simulate
