// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/stage.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "known_gains.h"
#include "queue/groups.h"
#include "queue/work.h"

namespace contimg::calibrate {
namespace {

using registry::SetState;

// A calibrator's group in a queue, under a clock that the test turns; a solver that knows.
class StageTest : public KnownGains {
 protected:
  void SetUp() override {
    set_.is_calibrator = true;
    KnownGains::SetUp();
    queue_settings_.path = folder_ + "/queue.sqlite3";
    queue_settings_.clock_unix_s = [this] { return now_; };
    queue_settings_.stages = {queue::Stage::convert, queue::Stage::calibrate};
    queue_ = std::make_unique<queue::Queue>(queue_settings_);
    queue::Group group;
    group.group_id = kId;
    group.state = queue::GroupState::pending;
    group.received_at_unix_s = group.last_update_unix_s = now_;
    group.first_time_unix_s = kStart - 40587 * 86400.0;
    group.last_time_unix_s = group.first_time_unix_s + kStep * kTimes;
    group.pointing_dec_rad = 0.5;
    insert_group(queue_->database(), group, "test", "");
    queue::Outcome converted;
    converted.products = {{path_, "ms", 0, "", ""}};
    queue_->claim(queue::Stage::convert)->finish(converted);
    good_.flagged_share = good_.dec_offset_deg = good_.refant_flagged = 0;
    good_.phase_scatter_deg = good_.unconverged_share = 0;
    good_.live_antennas = 20;
    good_.median_snr = 100;
    good_.beam_response = 1;
  }

  Solved solve(const std::string& stem, const registry::Figures& figures) {
    ++n_solved_;
    Solved solved;
    const char* suffixes[] = {".K", ".B", ".G"};
    for (std::size_t i = 0; i < 3; ++i) {
      solved.set.tables.push_back(stem + suffixes[i]);
      caltable::write_caltable(solved.set.tables.back(), known_[i], this_process(0), true);
    }
    solved.set.dec_deg = 0.5 * 180 / M_PI;
    solved.set.calibrator = "1331+305";
    solved.figures = figures;
    return solved;
  }
  StageSettings settings(const registry::Figures& figures) {
    StageSettings s;
    s.caltable_dir = folder_ + "/caltables";
    s.science.solve_tile = false;
    s.solver = [this, figures](const std::string& ms_path, const std::string& stem) {
      EXPECT_EQ(ms_path, path_);
      return solve(stem, figures);
    };
    return s;
  }
  StageReport run(const StageSettings& s, bool force = false) {
    std::optional<queue::Claim> claim = queue_->claim_group(queue::Stage::calibrate, kId, force);
    const StageReport report = calibrate_group(*queue_, claim->job(), s);
    if (finish_) claim->finish(outcome_of(report));
    return report;
  }
  std::string text(const std::string& sql) { return queue_->database().text(sql); }
  // A set of another group, half an hour earlier.
  void activate_other() {
    registry::Registry registry(queue_settings_, {});
    Solved solved = solve(folder_ + "/other", good_);
    solved.set.name = solved.set.group_id = "other";
    registry.judge(registry.add_candidate(solved.set), registry::judge(good_));
    n_solved_ = 0;
  }

  static constexpr const char* kId = "2023-08-28T12:26:40";
  double now_ = 1.8e9;
  queue::QueueSettings queue_settings_;
  std::unique_ptr<queue::Queue> queue_;
  registry::Figures good_;
  int n_solved_ = 0;
  bool finish_ = true;
};

TEST_F(StageTest, ACalibratorGetsItsOwnSolutions) {
  const StageReport report = run(settings(good_));
  EXPECT_TRUE(report.is_calibrator);
  EXPECT_EQ(report.choice.set->label(), kId);
  EXPECT_FALSE(report.science.tile_tried);
  std::vector<std::complex<float>> corrected(kValues);
  ms::Reader(path_).read_corrected(0, corrected);
  for (const auto& value : corrected) EXPECT_LT(std::abs(value - std::complex<float>(3, -4)), 2e-5);
  EXPECT_EQ(text("SELECT group_concat(state) FROM calibration_set"), "active");
  EXPECT_EQ(text("SELECT u.success || s.name FROM calibration_use u JOIN calibration_set s"
                 " ON s.id = u.set_id"),
            std::string("1") + kId);
  EXPECT_EQ(text("SELECT count(*) FROM product WHERE kind = 'caltable'"), "3");
  EXPECT_EQ(text("SELECT json_extract(provenance, '$.set') FROM product WHERE kind = 'ms'"), kId);
  const auto line = nlohmann::json::parse(to_json(report));
  EXPECT_EQ(line["state"], "completed");
  EXPECT_EQ(line["set"], kId);
}

TEST_F(StageTest, ASetThatFailsItsGatesIsNotApplied) {
  registry::Figures bad = good_;
  bad.median_snr = 1;
  try {
    run(settings(bad));
    FAIL() << "it was calibrated";
  } catch (const queue::Waits& wait) {
    EXPECT_EQ(wait.reason, "no_calibration");
    EXPECT_NE(std::string(wait.what()).find("median_snr"), std::string::npos) << wait.what();
  }
  EXPECT_EQ(text("SELECT state FROM calibration_set"), "failed");
  EXPECT_FALSE(ms::Reader(path_).has_column("CORRECTED_DATA"));
}

TEST_F(StageTest, ACandidateIsNeverApplied) {
  registry::Figures unknown = good_;
  unknown.beam_response.reset();
  EXPECT_THROW(run(settings(unknown)), queue::Waits);
  EXPECT_EQ(text("SELECT state FROM calibration_set"), "candidate");
  EXPECT_FALSE(ms::Reader(path_).has_column("CORRECTED_DATA"));
}

TEST_F(StageTest, AFailedSolveMakesItAScienceGroup) {
  activate_other();
  registry::Figures bad = good_;
  bad.median_snr = 1;
  const StageReport report = run(settings(bad));
  EXPECT_EQ(report.choice.set->label(), "other");
  EXPECT_NE(report.solve_failure.find("median_snr"), std::string::npos);
  EXPECT_EQ(text("SELECT count(*) FROM product WHERE kind = 'caltable'"), "0");
}

TEST_F(StageTest, ASolverThatRefusesMakesItAScienceGroup) {
  activate_other();
  StageSettings s = settings(good_);
  s.solver = [](const std::string&, const std::string&) -> Solved {
    throw DataError("no flux density known");
  };
  const StageReport report = run(s);
  EXPECT_EQ(report.choice.set->label(), "other");
  EXPECT_EQ(report.solve_failure, "no flux density known");
}

TEST_F(StageTest, ATryThatWasKilledDoesNotSolveAgain) {
  finish_ = false;
  run(settings(good_));
  EXPECT_EQ(n_solved_, 1);
  finish_ = true;
  const StageReport report = run(settings(good_));
  EXPECT_EQ(n_solved_, 1);
  EXPECT_TRUE(report.science.applied.already_applied);
  EXPECT_EQ(text("SELECT count(*) FROM product WHERE kind = 'caltable'"), "3");
}

TEST_F(StageTest, DoneAgainByForceItIsANewVersion) {
  run(settings(good_));
  const StageReport report = run(settings(good_), true);
  EXPECT_EQ(n_solved_, 2);
  EXPECT_EQ(report.choice.set->version, 2);
  EXPECT_EQ(text("SELECT group_concat(state) FROM (SELECT state FROM calibration_set ORDER BY id)"),
            "retired,active");
}

TEST_F(StageTest, WaitingEndsAfterItsTime) {
  StageSettings s = settings(good_);
  s.solver = nullptr;
  const auto wait = [&] {
    queue::WorkOptions options;
    options.group_id = kId;
    return queue::work_one(*queue_, queue::Stage::calibrate, options,
                           [&](queue::Claim& claim, const queue::Heartbeat&) {
                             return outcome_of(calibrate_group(*queue_, claim.job(), s));
                           });
  };
  EXPECT_FALSE(wait());
  EXPECT_EQ(text("SELECT state || ' ' || reason FROM job WHERE stage = 'calibrate'"),
            "waiting no_calibration");
  now_ += 23.9 * 3600;
  EXPECT_FALSE(wait());
  EXPECT_EQ(std::stod(text("SELECT not_before FROM job WHERE stage = 'calibrate'")),
            1.8e9 + 24 * 3600);
  now_ = 1.8e9 + 24 * 3600;
  EXPECT_THROW(wait(), DataError);
  EXPECT_EQ(text("SELECT state FROM job WHERE stage = 'calibrate'"), "failed");
}

TEST_F(StageTest, AnActivatedSetEndsTheWaiting) {
  StageSettings s = settings(good_);
  s.solver = nullptr;
  {
    auto claim = queue_->claim_group(queue::Stage::calibrate, kId);
    EXPECT_THROW(calibrate_group(*queue_, claim->job(), s), queue::Waits);
    claim->release("no_calibration", now_ + 3600);
  }
  EXPECT_FALSE(queue_->claim(queue::Stage::calibrate));
  activate_other();
  EXPECT_TRUE(queue_->claim(queue::Stage::calibrate));
}

TEST_F(StageTest, UncalibratedIsSaidEverywhere) {
  StageSettings s = settings(good_);
  s.solver = nullptr;
  s.max_wait_h = 0;
  s.allow_uncalibrated = true;
  const StageReport report = run(s);
  EXPECT_FALSE(report.calibrated);
  EXPECT_EQ(nlohmann::json::parse(applied_record(path_))["science"], false);
  EXPECT_EQ(text("SELECT json_extract(provenance, '$.science') FROM product WHERE kind = 'ms'"),
            "0");
  EXPECT_EQ(text("SELECT coalesce(set_id, 'none') || success FROM calibration_use"), "none0");
}

}  // namespace
}  // namespace contimg::calibrate
