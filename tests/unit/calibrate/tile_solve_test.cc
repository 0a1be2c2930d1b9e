// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/tile_solve.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace contimg::calibrate {
namespace {

constexpr std::size_t kAntennas = 12, kChannels = 16, kIntervals = 4;

// A point source of 1 Jy: V = g_p conj(g_q) + noise of unit weight times `noise` in each part.
class Tile {
 public:
  Tile(double phase_rms_rad, double amplitude_rms, double noise, unsigned seed = 1)
      : random_(seed) {
    for (std::size_t i = 0; i < kAntennas * 2; ++i)
      gain.push_back(
          std::polar(std::exp(amplitude_rms * normal_(random_)), phase_rms_rad * normal_(random_)));
    for (std::size_t r = 0; r < 2; ++r) {  // as the solver refers them
      const auto turn = std::conj(gain[r]) / std::abs(gain[r]);
      double log_sum = 0;
      for (std::size_t a = 0; a < kAntennas; ++a) log_sum += std::log(std::abs(gain[2 * a + r]));
      for (std::size_t a = 0; a < kAntennas; ++a)
        gain[2 * a + r] *= turn * std::exp(-log_sum / kAntennas);
    }
    noise_ = noise;
  }

  SetSums sums(double turn_rad_per_interval = 0) {
    SetSums s;
    s.n_antenna = kAntennas;
    s.n_channel = kChannels;
    for (std::uint32_t p = 0; p < kAntennas; ++p)
      for (std::uint32_t q = p + 1; q < kAntennas; ++q) s.baselines.push_back({p, q});
    for (std::size_t t = 0; t < kIntervals; ++t) {
      s.time_mjd_s.push_back(5.2e9 + 60.0 * static_cast<double>(t));
      s.interval_s.push_back(60);
    }
    s.sums = RatioSums(kIntervals * s.interval_cells());
    for (std::size_t t = 0; t < kIntervals; ++t)
      for (std::size_t b = 0; b < s.baselines.size(); ++b)
        for (std::size_t c = 0; c < kChannels; ++c)
          for (std::size_t r = 0; r < 2; ++r) {
            const auto [p, q] = s.baselines[b];
            const double turn = turn_rad_per_interval * (static_cast<double>(t) - 1.5);
            const auto moved = [&](std::uint32_t a) {
              return std::polar(1.0, turn * (a % 3 == 1 ? 1 : a % 3 == 2 ? -1 : 0));
            };
            const std::complex<double> v =
                gain[2 * p + r] * moved(p) * std::conj(gain[2 * q + r] * moved(q)) +
                noise_ * std::complex<double>(normal_(random_), normal_(random_));
            const std::size_t cell = s.cell(t, b, c, r);
            s.sums.product[cell] = std::complex<float>(v);
            s.sums.power[cell] = 1;
          }
    return s;
  }

  std::vector<std::complex<double>> gain;  // [antenna, receptor]

 private:
  std::mt19937 random_;
  std::normal_distribution<double> normal_;
  double noise_;
};

std::vector<std::string> names() {
  std::vector<std::string> result;
  for (std::size_t a = 0; a < kAntennas; ++a) result.push_back("A" + std::to_string(a));
  return result;
}

TileSettings from_first() {
  TileSettings settings;
  settings.refant = "A0";
  return settings;
}

// Largest difference over the error that the solver states for one part.
double worst_in_errors(const TileSolution& found, const Tile& tile) {
  double worst = 0;
  for (std::size_t i = 2; i < tile.gain.size(); ++i)
    worst = std::max(worst, std::abs(std::complex<double>(found.gain[i]) - tile.gain[i]) /
                                static_cast<double>(found.error[i]));
  return worst;
}

TEST(SolveTile, FindsARadianOfDriftToWithinItsErrors) {
  Tile tile(1.0, 0, 1.0);
  const TileSolution found = solve_tile(tile.sums(), names(), from_first());
  ASSERT_EQ(found.report.outcome, TileOutcome::solved) << found.report.reason;
  EXPECT_EQ(found.report.kind, "phase");
  EXPECT_EQ(found.report.n_solved, kAntennas);
  EXPECT_LT(found.report.residual_after, 0.7 * found.report.residual_before);
  EXPECT_LT(worst_in_errors(found, tile), 5);  // 22 complex numbers: 4e-5 by chance
}

TEST(SolveTile, SolvesAmplitudesWhereTheSignalAllowsIt) {
  Tile tile(0.3, 0.1, 0.5);
  const TileSolution found = solve_tile(tile.sums(), names(), from_first());
  ASSERT_EQ(found.report.outcome, TileOutcome::solved) << found.report.reason;
  EXPECT_EQ(found.report.kind, "amplitude and phase");
  EXPECT_LT(worst_in_errors(found, tile), 5);
  double log_sum = 0;
  for (std::size_t a = 0; a < kAntennas; ++a) log_sum += std::log(std::abs(found.gain[2 * a]));
  EXPECT_NEAR(log_sum, 0, 1e-5) << "the flux scale is the set's";
  TileSettings settings = from_first();
  settings.amplitude = false;
  EXPECT_EQ(solve_tile(tile.sums(), names(), settings).report.kind, "phase");
}

TEST(SolveTile, FollowsPhasesThatTurnWithinTheTile) {
  Tile tile(0.2, 0, 0.5);
  const TileSolution found = solve_tile(tile.sums(0.3), names(), from_first());
  ASSERT_EQ(found.report.outcome, TileOutcome::solved);
  EXPECT_EQ(found.report.kind, "phase 60 s");
  EXPECT_EQ(found.time_mjd_s.size(), kIntervals);
}

TEST(SolveTile, LeavesWhatIsRightAlone) {
  int changed = 0;
  for (unsigned seed = 1; seed <= 20; ++seed) {
    Tile tile(0, 0, 1.0, seed);
    const TileSolution found = solve_tile(tile.sums(), names(), from_first());
    EXPECT_LE(found.report.residual_after, found.report.residual_before);
    changed += found.report.outcome == TileOutcome::solved ? 1 : 0;
    EXPECT_EQ(found.gain.empty(), found.report.outcome != TileOutcome::solved);
  }
  EXPECT_LE(changed, 4);
}

TEST(SolveTile, SaysThatTheSignalIsTooWeak) {
  Tile tile(1.0, 0, 40);
  const TileSolution found = solve_tile(tile.sums(), names(), from_first());
  EXPECT_EQ(found.report.outcome, TileOutcome::too_weak);
  EXPECT_TRUE(found.gain.empty());
  EXPECT_NE(found.report.reason.find("of 12 antennas"), std::string::npos) << found.report.reason;
  EXPECT_EQ(found.report.residual_after, found.report.residual_before);
}

TEST(SolveTile, RefusesAModelThatIsNotOfThisField) {
  Tile tile(1.0, 0, 0.5);
  SetSums sums = tile.sums();
  for (auto& product : sums.sums.product) product *= 2.5F;  // of what the catalogue says
  const TileSolution found = solve_tile(sums, names(), from_first());
  EXPECT_EQ(found.report.outcome, TileOutcome::failed);
  EXPECT_NEAR(found.report.flux_ratio, 2.5, 0.1);
  EXPECT_TRUE(found.gain.empty());
  EXPECT_EQ(found.report.residual_after, found.report.residual_before);
}

TEST(SolveTile, FailsWithoutAntennas) {
  Tile tile(1.0, 0, 1.0);
  SetSums sums = tile.sums();
  std::fill(sums.sums.power.begin(), sums.sums.power.end(), 0.0F);
  std::fill(sums.sums.product.begin(), sums.sums.product.end(), 0.0F);
  const TileSolution found = solve_tile(sums, names(), from_first());
  EXPECT_EQ(found.report.outcome, TileOutcome::failed);
  EXPECT_EQ(found.report.reason, "0 antennas have data, expected at least 4");
}

TEST(SolveTile, AnAntennaWithoutSolutionIsKeptOrFlagged) {
  Tile tile(1.0, 0, 0.5);
  SetSums sums = tile.sums();
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  for (std::size_t t = 0; t < kIntervals; ++t)  // antenna 5 holds nothing but noise
    for (std::size_t b = 0; b < sums.baselines.size(); ++b)
      if (sums.baselines[b].antenna1 == 5 || sums.baselines[b].antenna2 == 5)
        for (std::size_t c = 0; c < kChannels; ++c)
          for (std::size_t r = 0; r < 2; ++r)
            sums.sums.product[sums.cell(t, b, c, r)] = {normal(random), normal(random)};
  for (const bool keep : {true, false}) {
    TileSettings settings = from_first();
    settings.keep_unsolved = keep;
    const TileSolution found = solve_tile(sums, names(), settings);
    ASSERT_EQ(found.report.outcome, TileOutcome::solved) << found.report.reason;
    EXPECT_EQ(found.report.n_solved, kAntennas - 1);
    EXPECT_EQ(found.flagged[2 * 5], keep ? 0 : 1);
    EXPECT_EQ(found.gain[2 * 5], 1.0F);
    EXPECT_EQ(found.flagged[2 * 6], 0);
  }
}

}  // namespace
}  // namespace contimg::calibrate
