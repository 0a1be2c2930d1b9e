// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry/gates.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace contimg::registry {
namespace {

Figures good() {
  Figures figures;
  figures.flagged_share = 0.05;
  figures.live_antennas = 90;
  figures.median_snr = 60;
  figures.beam_response = 0.98;
  figures.dec_offset_deg = -0.2;
  figures.refant_flagged = 0.02;
  figures.phase_scatter_deg = 2;
  figures.unconverged_share = 0;
  return figures;
}

TEST(Gates, GoodFiguresPass) {
  const Verdict verdict = judge(good());
  EXPECT_EQ(verdict.grade, Grade::pass);
  EXPECT_TRUE(verdict.usable());
  EXPECT_EQ(verdict.text(), "PASS");
}

// The limits of the specification, section 10 (the last four: 3.3 and 3.6), each met exactly,
// and just missed.
TEST(Gates, EachLimitIsWhereTheSpecificationPutsIt) {
  struct Case {
    std::optional<double> Figures::*figure;
    double value;
    Grade grade;
  };
  const Case cases[] = {
      {&Figures::flagged_share, 0.20, Grade::pass},
      {&Figures::flagged_share, 0.21, Grade::warn},
      {&Figures::flagged_share, 0.50, Grade::warn},
      {&Figures::flagged_share, 0.51, Grade::fail},
      {&Figures::live_antennas, 10, Grade::pass},
      {&Figures::live_antennas, 9, Grade::fail},
      {&Figures::median_snr, 10, Grade::pass},
      {&Figures::median_snr, 9.9, Grade::warn},
      {&Figures::median_snr, 5, Grade::warn},
      {&Figures::median_snr, 4.9, Grade::fail},
      {&Figures::dec_offset_deg, -1, Grade::pass},
      {&Figures::dec_offset_deg, -1.1, Grade::warn},
      {&Figures::dec_offset_deg, 5, Grade::warn},
      {&Figures::dec_offset_deg, 5.1, Grade::fail},
      {&Figures::beam_response, 0.5, Grade::pass},
      {&Figures::beam_response, 0.49, Grade::fail},
      {&Figures::refant_flagged, 0.5, Grade::pass},
      {&Figures::refant_flagged, 0.51, Grade::fail},
      {&Figures::phase_scatter_deg, 16, Grade::warn},
      {&Figures::phase_scatter_deg, 31, Grade::fail},
      {&Figures::unconverged_share, 0.03, Grade::warn},
      {&Figures::unconverged_share, 0.3, Grade::fail},
  };
  for (const Case& c : cases) {
    Figures figures = good();
    figures.*c.figure = c.value;
    EXPECT_EQ(grade_name(judge(figures).grade), std::string(grade_name(c.grade))) << c.value;
  }
}

TEST(Gates, TheWorstDecidesAndEveryReasonIsGiven) {
  Figures figures = good();
  figures.median_snr = 4.2;
  figures.flagged_share = 0.3;
  const Verdict verdict = judge(figures);
  EXPECT_EQ(verdict.grade, Grade::fail);
  EXPECT_EQ(verdict.text(),
            "FAIL: flagged_share 0.3, expected at most 0.2; median_snr 4.2, expected at least 5");
}

TEST(Gates, AFigureThatIsNotKnownIsNeitherGoodNorBad) {
  for (const std::optional<double> nothing :
       {std::optional<double>(), std::optional<double>(std::nan(""))}) {
    Figures figures = good();
    figures.phase_scatter_deg = nothing;
    EXPECT_EQ(judge(figures).grade, Grade::unknown);
    EXPECT_FALSE(judge(figures).usable());
    EXPECT_EQ(judge(figures).text(), "UNKNOWN: phase_scatter_deg is not known");
    figures.live_antennas = 3;
    EXPECT_EQ(judge(figures).grade, Grade::fail);
  }
}

TEST(Gates, TheLimitsInForceAreRecorded) {
  GateLimits limits;
  limits.snr_fail = 70;
  const Verdict verdict = judge(good(), limits);
  EXPECT_EQ(verdict.grade, Grade::fail);
  const auto gate = verdict.json()["gates"]["median_snr"];
  EXPECT_EQ(gate["value"], 60);
  EXPECT_EQ(gate["fail"], 70);
  EXPECT_EQ(gate["grade"], "FAIL");
}

TEST(Gates, SettingsReachEveryLimit) {
  Settings settings;
  const auto changed = [&](const std::function<void(Settings&)>& change) {
    Settings other = settings;
    change(other);
    return judge(good(), gate_limits(other)).grade;
  };
  EXPECT_EQ(judge(good(), gate_limits(settings)).grade, Grade::pass);
  EXPECT_EQ(changed([](Settings& s) { s.flagged_warn = 0.01; }), Grade::warn);
  EXPECT_EQ(changed([](Settings& s) { s.flagged_fail = 0.01; }), Grade::fail);
  EXPECT_EQ(changed([](Settings& s) { s.min_antennas = 91; }), Grade::fail);
  EXPECT_EQ(changed([](Settings& s) { s.snr_warn = 61; }), Grade::warn);
  EXPECT_EQ(changed([](Settings& s) { s.snr_fail = 61; }), Grade::fail);
  EXPECT_EQ(changed([](Settings& s) { s.min_beam = 0.99; }), Grade::fail);
  EXPECT_EQ(changed([](Settings& s) { s.dec_offset_warn_deg = 0.1; }), Grade::warn);
  EXPECT_EQ(changed([](Settings& s) { s.dec_offset_fail_deg = 0.1; }), Grade::fail);
  EXPECT_EQ(changed([](Settings& s) { s.refant_flagged_fail = 0.01; }), Grade::fail);
  EXPECT_EQ(changed([](Settings& s) { s.scatter_warn_deg = 1; }), Grade::warn);
  EXPECT_EQ(changed([](Settings& s) { s.scatter_fail_deg = 1; }), Grade::fail);
  EXPECT_EQ(changed([](Settings& s) { s.unconverged_warn = -1; }), Grade::warn);
  EXPECT_EQ(changed([](Settings& s) { s.unconverged_fail = -1; }), Grade::fail);
}

}  // namespace
}  // namespace contimg::registry
