// SPDX-License-Identifier: GPL-3.0-or-later
#include "lightcurve/update.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "lightcurve/curve.h"
#include "lightcurve/points.h"
#include "made_epochs.h"

namespace contimg::lightcurve {
namespace {

using made::Measured;
using made::Row;

class Update : public testing::Test {
 protected:
  explicit Update(
      const std::string& name = testing::UnitTest::GetInstance()->current_test_info()->name())
      : measured_(name + ".m.sqlite3") {
    settings_.measurement_db = measured_.path();
    settings_.lightcurve_db = scratch(name + ".l.sqlite3");
  }

  Database curves() { return {settings_.lightcurve_db, Database::Mode::read_write, 1000}; }
  std::int64_t count(const std::string& what) {
    return curves().integer("SELECT count(*) FROM " + what);
  }
  std::string text(const std::string& sql) { return curves().text(sql); }

  Measured measured_;
  UpdateSettings settings_;
};

// Every column of every row, as text with the numbers to 9 digits; ids by names, as these may differ.
std::string figures_of_all(Database& db) {
  Statement rows(db,
                 "SELECT s.name, t.n, t.weight, t.weighted_mean_jy, t.chi2, t.mean_jy, t.m2,"
                 " t.first_mjd, t.last_mjd, t.n_limit, t.lowest_limit_jy, t.n_row, t.n_missing,"
                 " t.n_flagged, t.eta, t.v, t.vs, t.m, t.chi2_sigma, t.loo_sigma, t.limit_sigma"
                 " FROM source_statistics t JOIN source s ON s.id = t.source_id ORDER BY s.name");
  std::string all;
  char number[40];
  while (rows.step()) {
    all += rows.text(0);
    for (int column = 1; column < rows.n_column(); ++column) {
      const double value = rows.real(column);
      std::snprintf(number, sizeof number, " %.8g", std::abs(value) < 1e-12 ? 0 : value);
      all += number;
    }
    all += '\n';
  }
  return all;
}

std::string group(int i) { return "g" + std::to_string(100 + i); }

TEST(PackedIds, ComeBackAsTheyWere) {
  const std::vector<std::int64_t> ids = {1, 2, 127, 128, 300, 1'000'000, 1'000'001, 1LL << 40};
  EXPECT_EQ(unpacked(packed(ids)), ids);
  EXPECT_TRUE(unpacked("").empty());
  std::vector<std::int64_t> dense(1000);
  std::iota(dense.begin(), dense.end(), 5000);
  EXPECT_EQ(packed(dense).size(), 1001U);
  EXPECT_EQ(unpacked(packed(dense)), dense);
}

TEST_F(Update, FiguresDoNotDependOnOrderReplacementOrWithdrawal) {
  std::mt19937_64 random(5);
  std::vector<int> order(24);
  std::iota(order.begin(), order.end(), 0);
  std::map<int, std::vector<Row>> rows;
  for (const int i : order)
    rows[i] = made::line_of_sources(random, 1 + 0.05 * std::sin(3.0 * i), 0.4 * i);
  // Epoch 9 knows a source less; epoch 4 has one that only the blind search finds.
  rows[9].pop_back();
  rows[4].push_back({"blind", "J0001", 0.5, 0.5, 0.02, 1e-3});
  // Other rows first, replaced and withdrawn on the way, in random order and over three seasons.
  // Which sources an epoch misses depends on those that are known by then: 9 is not the first.
  std::shuffle(order.begin(), order.end(), random);
  std::iter_swap(std::find(order.begin(), order.end(), 9), order.end() - 1);
  for (const int i : order) {
    auto wrong = rows[i];
    for (Row& row : wrong) row.flux_jy *= 1.7;
    if (i % 3 == 0) measured_.add(group(i), 61000 + 3.0 * i, wrong);
    if (i % 3 == 0) update_all(settings_);
    measured_.add(group(i), 61000 + 3.0 * i, rows[i]);
    if (i % 5 == 0) {
      update_all(settings_);
      withdraw(settings_, group(i), "a test");
    }
  }
  update_all(settings_);
  for (const int i : order)
    if (i % 5 == 0 && i != 20) restore(settings_, group(i));
  rebaseline(settings_, kUnknown, kUnknown, false, "a test");
  Database there = curves();
  const std::string figures = figures_of_all(there);

  Measured plain("plain.m.sqlite3");
  UpdateSettings settings = settings_;
  settings.measurement_db = plain.path();
  settings.lightcurve_db = scratch("plain.l.sqlite3");
  for (int i = 0; i < 24; ++i)
    if (i != 20) plain.add(group(i), 61000 + 3.0 * i, rows[i]);
  update_all(settings);
  rebaseline(settings, kUnknown, kUnknown, false, "a test");
  Database straight(settings.lightcurve_db, Database::Mode::read_only, 1000);
  // What was missed depends on when a source was known: the discovered one is compared apart.
  const auto without_found = [](const std::string& all) {
    return all.substr(all.find("\ns0 ") + 1);
  };
  EXPECT_EQ(without_found(figures), without_found(figures_of_all(straight)));
  const char* const found =
      "SELECT n || ' ' || n_row FROM source_statistics t JOIN source s ON"
      " s.id = source_id WHERE name = 'J0001'";
  EXPECT_EQ(there.text(found), "1 1");
  EXPECT_EQ(straight.text(found), "1 1");
}

TEST_F(Update, IncrementalFiguresAreThoseOfTheWholeCurve) {
  std::mt19937_64 random(6);
  for (int i = 0; i < 30; ++i)
    measured_.add(group(i), 61000 + i, made::line_of_sources(random, 1.02, 0.4 * i));
  update_all(settings_);
  ASSERT_EQ(count("ensemble"), 1);
  Curves reading(settings_.lightcurve_db);
  for (int i = 0; i < 12; ++i) {
    const auto source = reading.find("s" + std::to_string(i));
    ASSERT_TRUE(source);
    variability::Sums sums;
    for (const CurvePoint& point : reading.curve_of(source->id))
      if (point.usable) sums.add({point.mjd, point.flux_jy, point.error_jy});
    const variability::Figures whole = variability::figures_of(sums);
    const variability::Figures kept = reading.figures(source->id);
    EXPECT_EQ(kept.n, 30U);
    EXPECT_NEAR(kept.eta, whole.eta, 1e-9 * whole.eta);
    EXPECT_NEAR(kept.v, whole.v, 1e-9);
    EXPECT_NEAR(kept.loo_sigma, whole.loo_sigma, 1e-9 * std::abs(whole.loo_sigma));
  }
  // 2 % over the truth is free: the ensemble's flux densities are those of the median epoch.
  EXPECT_EQ(count("epoch WHERE abs(gain - 1) < 0.005"), 30);
  EXPECT_EQ(
      count("ensemble_source e JOIN source s ON s.id = source_id WHERE name IN ('s3', 's11')"), 0);
  EXPECT_EQ(text("SELECT group_concat(DISTINCT name) FROM candidate JOIN source ON id = source_id"),
            "s11");
}

TEST_F(Update, DoingItAgainChangesNothing) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 3; ++i)
    measured_.add(group(i), 61000 + i, made::line_of_sources(random, 1, 0));
  EXPECT_EQ(update_all(settings_).size(), 3U);
  Database db = curves();
  const std::string before = figures_of_all(db);
  EXPECT_TRUE(update_all(settings_).empty());
  EXPECT_EQ(update_group(settings_, group(1)).state, "unchanged");
  EXPECT_EQ(figures_of_all(db), before);
}

TEST_F(Update, AnEpochThatWasJoinedByItselfIsNotJoinedTwice) {
  std::mt19937_64 random(8);
  for (int i = 0; i < 3; ++i)
    measured_.add(group(i), 61000 + i, made::line_of_sources(random, 1, 0));
  EXPECT_EQ(update_group(settings_, group(2)).state, "joined");
  EXPECT_EQ(update_all(settings_).size(), 2U);
  EXPECT_EQ(count("point"), 36);
  EXPECT_THROW(update_group(settings_, "unknown"), DataError);
}

TEST_F(Update, TheMeanOfPlacesIsThatOfTheDetectionsThatAreLeft) {
  for (int i = 0; i < 4; ++i)
    measured_.add(
        group(i), 61000 + i,
        {{"blind", "J" + std::to_string(i), 359.9995 + (i == 3 ? 4.0 : i) / 3600, 75, 0.1}}, 359.9,
        75);
  update_all(settings_);
  EXPECT_EQ(count("source"), 1);
  const auto ra_arcsec = [&] {
    return (std::stod(text("SELECT printf('%.12f', ra_deg) FROM source")) - 359.9995) * 3600;
  };
  EXPECT_NEAR(ra_arcsec(), (0 + 1 + 2 + 4) / 4.0, 1e-3);
  withdraw(settings_, group(3), "a test");
  EXPECT_NEAR(ra_arcsec(), 1, 1e-3);
  EXPECT_EQ(text("SELECT n_blind || ' ' || round(ra_error_arcsec, 6) FROM source"), "3 0.57735");
  const double x = std::cos(75 * 0.017453292519943295);
  Database db = curves();
  EXPECT_EQ(db.integer("SELECT count(*) FROM source_place WHERE x0 <= " + std::to_string(x + 1e-6) +
                       " AND x1 >= " + std::to_string(x - 1e-6)),
            1);
  for (int i = 0; i < 3; ++i) withdraw(settings_, group(i), "a test");
  EXPECT_EQ(count("source WHERE dormant"), 1);
  EXPECT_EQ(count("discovered"), 0);
  EXPECT_EQ(restore(settings_, group(0)).state, "restored");
  EXPECT_EQ(count("discovered WHERE id = 1 AND name = 'J0'"), 1);
}

TEST_F(Update, ExtendingKeepsReferencesAndReachesNewSky) {
  std::mt19937_64 random(9);
  const auto shifted = [&](double gain) {
    std::vector<Row> rows = made::line_of_sources(random, gain, 0);
    for (Row& row : rows) {
      row.name = "n" + row.name;
      row.ra_deg += 40;
    }
    return rows;
  };
  for (int i = 0; i < 12; ++i)
    measured_.add(group(i), 61000 + i, made::line_of_sources(random, 1, 0));
  update_all(settings_);
  const std::string first = text(
      "SELECT group_concat(printf('%d %.12g', source_id, flux_jy)) FROM"
      " ensemble_source WHERE version = 1");
  for (int i = 20; i < 33; ++i)
    measured_.add(group(i), 61000 + i, shifted(i % 2 == 0 ? 0.9 : 1.1), 40);
  update_all(settings_);
  EXPECT_EQ(count("epoch WHERE gain IS NULL"), 13);
  const BaselineReport report = rebaseline(settings_, kUnknown, kUnknown, true, "new sky");
  EXPECT_EQ(report.version, 2);
  EXPECT_EQ(report.n_normalised, 13U);
  EXPECT_EQ(count("epoch WHERE gain IS NULL"), 0);
  EXPECT_EQ(text("SELECT group_concat(printf('%d %.12g', source_id, flux_jy)) FROM ensemble_source"
                 " WHERE version = 2 AND source_id IN (SELECT source_id FROM ensemble_source WHERE"
                 " version = 1)"),
            first);
  EXPECT_EQ(count("epoch WHERE ensemble = 1"), 12);
  const double ratio =
      std::stod(text("SELECT max(gain) / min(gain) FROM epoch WHERE ensemble = 2"));
  EXPECT_NEAR(ratio, 1.1 / 0.9, 0.01);
}

TEST_F(Update, TooFewSteadySourcesAreNoEnsemble) {
  for (int i = 0; i < 12; ++i)
    measured_.add(group(i), 61000 + i, {{"forced", "a", 0, 0, 1}, {"forced", "b", 0.1, 0, 1}});
  update_all(settings_);
  EXPECT_EQ(count("ensemble"), 0);
  EXPECT_THROW(rebaseline(settings_, kUnknown, kUnknown, false, "a test"), DataError);
  EXPECT_THROW(rebaseline(settings_, kUnknown, kUnknown, true, "a test"), DataError);
  EXPECT_THROW(rebaseline(settings_, kUnknown, kUnknown, false, ""), UsageError);
  EXPECT_EQ(count("epoch WHERE gain_reason = 'no ensemble of reference sources yet'"), 12);
}

}  // namespace
}  // namespace contimg::lightcurve
