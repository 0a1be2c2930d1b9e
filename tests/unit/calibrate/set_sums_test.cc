// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/set_sums.h"

#include "base/error.h"
#include "base/stop.h"
#include "calibrate/apply_set.h"
#include "known_gains.h"

namespace contimg::calibrate {
namespace {

constexpr double kFlux = 2;

/// The model is 2 Jy at the phase centre, so that R = g_p g_q* (3 - 4i) / 2.
class SumSet : public KnownGains {
 protected:
  FieldModel model() const {
    skymodel::Component component;
    component.position = set_.fields[0].phase_centre;
    component.flux_jy = kFlux;
    return {set_, 0, {component}, astro::EarthOrientation::built_in(), false};
  }
  SetSums sums(const SumSettings& settings) const {
    FieldModel field = model();
    return sum_set(path_, ms::Reader(path_), field, settings);
  }
  static SumSettings whole(std::size_t n_thread = 2) {
    SumSettings settings;
    settings.interval_s = std::numeric_limits<double>::infinity();
    settings.n_thread = n_thread;
    return settings;
  }
  // Every cell against the gains that went in; flag[7] is channel 3, receptor 1 of the first row.
  void holds(SetSums found, double n_time, bool calibrated) const {
    found.sums.divide();
    for (std::size_t b = 0; b < found.baselines.size(); ++b)
      for (std::size_t c = 0; c < kChannels; ++c)
        for (std::size_t r = 0; r < 2; ++r) {
          std::complex<double> expected(1.5, -2);
          if (!calibrated)
            expected *= gain(found.baselines[b].antenna1, c, r) *
                        std::conj(gain(found.baselines[b].antenna2, c, r));
          for (std::size_t t = 0; t < found.n_interval(); ++t) {
            const std::size_t cell = found.cell(t, b, c, r);
            const bool first = b == 0 && c == 3 && r == 1 && t == 0;
            EXPECT_LT(std::abs(std::complex<double>(found.sums.product[cell]) -
                               (first && n_time == 1 ? 0.0 : expected)),
                      1e-5 * std::abs(expected));
            if (!calibrated) {
              EXPECT_NEAR(found.sums.power[cell], 4 * kFlux * kFlux * (n_time - first), 1e-4);
            }
          }
        }
  }
};

TEST_F(SumSet, AveragesRatiosOverTime) {
  for (const std::size_t n_thread : {1, 2, 3}) {
    const SetSums found = sums(whole(n_thread));
    EXPECT_EQ(found.n_interval(), 1u);
    EXPECT_EQ(found.baselines.size(), 10u);
    EXPECT_EQ(found.n_row, kRows);
    EXPECT_NEAR(found.time_mjd_s[0], kStart + 15, 1e-6);
    EXPECT_NEAR(found.interval_s[0], 30, 1e-6);
    EXPECT_EQ(found.n_total[0], kTimes * kCell);
    EXPECT_EQ(found.n_good[0], kTimes * kCell - 1);
    EXPECT_EQ(found.n_good[1], kTimes * kCell);
    holds(found, kTimes, false);
  }
}

TEST_F(SumSet, KeepsIntervalsApart) {
  SumSettings settings = whole();
  settings.interval_s = kStep;
  const SetSums found = sums(settings);
  ASSERT_EQ(found.n_interval(), kTimes);
  EXPECT_NEAR(found.time_mjd_s[2], kStart + 25, 1e-6);
  EXPECT_NEAR(found.interval_s[2], kStep, 1e-6);
  holds(found, 1, false);
}

TEST_F(SumSet, LeavesOutIntegrationsAndBaselines) {
  SumSettings settings = whole();
  settings.use_integration = {true, false, true};
  EXPECT_NEAR(sums(settings).sums.power[0], 4 * kFlux * kFlux * 2, 1e-4);
  settings.use_integration.clear();
  settings.uv_range = {15, 25};  // |u| is 10, 20, 30 or 40 m
  const SetSums found = sums(settings);
  ASSERT_EQ(found.baselines.size(), 3u);
  for (const Baseline& baseline : found.baselines)
    EXPECT_EQ(baseline.antenna2 - baseline.antenna1, 2u);
  settings.uv_range = {1000, 2000};
  EXPECT_THROW(sums(settings), DataError);
}

TEST_F(SumSet, AppliesTablesBefore) {
  const caltable::Calibration calibration(caltable::read_caltables(tables_), set_);
  SumSettings settings = whole();
  settings.pre_applied = &calibration;
  holds(sums(settings), kTimes, true);
}

TEST_F(SumSet, SaysThatThereIsNoModel) {
  SumSettings settings = whole();
  settings.model = ModelSource::column;
  EXPECT_THROW(sums(settings), DataError);
}

TEST_F(SumSet, EndsWhenItIsTold) {
  SumSettings settings = whole();
  settings.check = [] { throw Stopped("told to"); };
  EXPECT_THROW(sums(settings), Stopped);
}

TEST(ParseUvRange, ReadsMetresAndWavelengths) {
  constexpr double kWave_m = 0.2, kFrequency = 299792458.0 / kWave_m;
  const auto range = [](const char* text) { return parse_uv_range(text, kFrequency); };
  EXPECT_EQ(range("").min_m, 0);
  EXPECT_TRUE(std::isinf(range("").max_m));
  EXPECT_NEAR(range(">1klambda").min_m, 200, 1e-9);
  EXPECT_TRUE(std::isinf(range(">1klambda").max_m));
  EXPECT_NEAR(range("<500m").max_m, 500, 1e-9);
  EXPECT_EQ(range("<500m").min_m, 0);
  EXPECT_NEAR(range("100~2000").min_m, 100, 1e-9);
  EXPECT_NEAR(range("100 ~ 2000 m").max_m, 2000, 1e-9);
  EXPECT_NEAR(range("0.5~8klambda").max_m, 1600, 1e-9);
  EXPECT_NEAR(range(">0.3km").min_m, 300, 1e-9);
  EXPECT_NEAR(range("<50lambda").max_m, 10, 1e-9);
}

TEST(ParseUvRange, RefusesWhatItDoesNotUnderstand) {
  for (const char* text : {"5", "klambda", ">", "5~", "~5", "9~5", "-3~5", ">1 furlong", "1~2~3"})
    EXPECT_THROW(parse_uv_range(text, 1.4e9), UsageError) << text;
}

}  // namespace
}  // namespace contimg::calibrate
