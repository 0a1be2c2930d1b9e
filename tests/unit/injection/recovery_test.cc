// SPDX-License-Identifier: GPL-3.0-or-later
#include "injection/recovery.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "scratch.h"

namespace contimg::injection {
namespace {

// A database of measurements with known sources: found with a known chance, measured with a known
// gain and noise.
class RecoveryTest : public ::testing::Test {
 protected:
  RecoveryTest() : db_(path_, Database::Mode::create, 1000) {
    db_.execute(
        "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY;"
        "CREATE TABLE injection (id INTEGER PRIMARY KEY, group_id TEXT UNIQUE, mid_mjd REAL);"
        "CREATE TABLE injected_source (injection_id INTEGER, name TEXT, true_flux_jy REAL,"
        " true_snr REAL, expected REAL, found INTEGER, flux_jy REAL, noise_error_jy REAL)");
  }

  // 61065.5 is 12:00 UTC of 2026-01-25.
  void tile(double mid_mjd, int n, double gain, double chance) {
    Transaction transaction(db_);
    Statement(db_, "INSERT INTO injection (group_id, mid_mjd) VALUES (?1, ?2)")
        .bind(1, std::to_string(++n_tile_))
        .bind(2, mid_mjd)
        .run();
    Statement add(db_, "INSERT INTO injected_source VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    for (int i = 0; i < n; ++i) {
      const double snr = 3 * std::pow(10, (i + 0.5) / n), rms = 1e-3;
      const bool found =
          std::uniform_real_distribution<double>()(random_) < chance * probability_found(snr, 5);
      add.bind(1, n_tile_).bind(2, "INJ" + std::to_string(i)).bind(3, snr * rms).bind(4, snr);
      add.bind(5, probability_found(snr, 5)).bind(6, found);
      add.bind(7, gain * snr * rms + rms * normal_(random_)).bind(8, rms).run();
    }
    transaction.commit();
  }

  std::string path_ = scratch(
      std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()) + ".sqlite3");
  Database db_;
  std::mt19937_64 random_{3};
  std::normal_distribution<double> normal_;
  int n_tile_ = 0;
};

TEST_F(RecoveryTest, FiguresAreThoseOfTheTruth) {
  for (int i = 0; i < 24; ++i) tile(61065.6 + 0.01 * i, 50, 1, 1);
  const auto nights = recovery_of_nights(db_, 61065.5, 61066.5);
  ASSERT_EQ(nights.size(), 1u);
  const Recovery& night = nights[0];
  EXPECT_EQ(night.night, "2026-01-25");
  EXPECT_EQ(night.n_tile, 24);
  EXPECT_EQ(night.n_source, 1200);
  EXPECT_EQ(night.bins.size(), 8u);
  int n = 0;
  for (const Bin& bin : night.bins) {
    n += bin.n;
    const double error = std::sqrt(bin.expected * (1 - bin.expected) / bin.n) + 1.0 / bin.n;
    EXPECT_NEAR(bin.completeness.value, bin.expected, 3.5 * error) << bin.from_snr;
    EXPECT_NEAR(bin.flux_ratio, 1, 4 * bin.flux_ratio_error) << bin.from_snr;
    EXPECT_NEAR(bin.pull_mean, 0, 4 / std::sqrt(bin.n)) << bin.from_snr;
    EXPECT_NEAR(bin.pull_rms, 1, 4 / std::sqrt(2.0 * bin.n)) << bin.from_snr;
  }
  EXPECT_EQ(n, 1200);
  EXPECT_TRUE(faults_of(night, {}, {}).empty());
}

TEST_F(RecoveryTest, NightsAreCountedFromNoon) {
  tile(61065.49, 50, 1, 1);
  tile(61065.51, 50, 1, 1);
  tile(61066.49, 50, 1, 1);
  const auto nights = recovery_of_nights(db_, 61000, 61100);
  ASSERT_EQ(nights.size(), 2u);
  EXPECT_EQ(nights[0].night, "2026-01-24");
  EXPECT_EQ(nights[0].n_tile, 1);
  EXPECT_EQ(nights[1].n_tile, 2);
  EXPECT_EQ(recovery_between(db_, 61065.5, 61065.6, "x").n_tile, 1);
}

std::string kinds(const std::vector<Fault>& faults) {
  std::string text;
  for (const Fault& fault : faults) text += fault.kind + " ";
  return text;
}

TEST_F(RecoveryTest, AGainAndALossAreToldOfAndTheirAbsenceIsNot) {
  for (int day = 0; day < 4; ++day)
    for (int i = 0; i < 24; ++i) tile(61060.6 + day + 0.01 * i, 50, 1, 1);
  const Recovery before = recovery_between(db_, 61059.5, 61065.5, "before");
  const auto told = [&](double gain, double chance) {
    db_.execute(
        "DELETE FROM injected_source WHERE injection_id IN (SELECT id FROM injection WHERE"
        " mid_mjd > 61065.5); DELETE FROM injection WHERE mid_mjd > 61065.5");
    n_tile_ = static_cast<int>(db_.integer("SELECT max(id) FROM injection"));
    for (int i = 0; i < 24; ++i) tile(61065.6 + 0.01 * i, 50, gain, chance);
    return kinds(faults_of(recovery_between(db_, 61065.5, 61066.5, "n"), before, {}));
  };
  EXPECT_EQ(told(1, 1), "");
  EXPECT_EQ(told(0.99, 1), "");
  EXPECT_EQ(told(0.9, 1), "bias bias-change ");
  EXPECT_EQ(told(1.1, 1), "bias bias-change ");
  EXPECT_EQ(told(0.975, 1), "bias-change ");
  EXPECT_EQ(told(1, 0.5), "completeness completeness-drop ");
  EXPECT_EQ(told(1, 0.93), "completeness-drop ");
}

TEST_F(RecoveryTest, FewSourcesAreNotJudged) {
  tile(61065.6, 40, 0.5, 0);  // 23 of them bright
  EXPECT_TRUE(faults_of(recovery_between(db_, 61065.5, 61066.5, "n"), {}, {}).empty());
  RecoveryLimits limits;
  limits.min_sources = 10;
  EXPECT_EQ(kinds(faults_of(recovery_between(db_, 61065.5, 61066.5, "n"), {}, limits)),
            "completeness bias ");
}

TEST_F(RecoveryTest, NoDatabaseAndOneWithoutThemAreNothing) {
  EXPECT_FALSE(open_injected(""));
  EXPECT_FALSE(open_injected(scratch("absent.sqlite3")));
  EXPECT_TRUE(open_injected(path_));
  Database(scratch("other.sqlite3"), Database::Mode::create, 1000)
      .execute("CREATE TABLE epoch (x)");
  EXPECT_FALSE(open_injected(scratch("other.sqlite3")));
}

}  // namespace
}  // namespace contimg::injection
