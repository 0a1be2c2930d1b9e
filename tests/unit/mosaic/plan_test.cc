// SPDX-License-Identifier: GPL-3.0-or-later
#include "mosaic/plan.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace contimg::mosaic {
namespace {

constexpr double kTile_deg = 309.0 / 240 * 1.0027;  // of right ascension, from one tile to the next

// Full-size tile number i of a strip that begins at a right ascension.
Candidate tile(int i, double dec_deg = 16, double first_ra_deg = 340) {
  Candidate candidate;
  candidate.tile.group_id = "g" + std::to_string(100 + i) + (dec_deg > 20 ? "n" : "");
  candidate.tile.image_path = "/i/" + candidate.tile.group_id + "-image.fits";
  candidate.tile.mid_mjd = 61000 + i * 309.0 / 86400;
  fits::Image& header = candidate.tile.header;
  header.n_x = header.n_y = 3600;
  header.wcs =
      fits::Wcs::orthographic({std::fmod(first_ra_deg + i * kTile_deg + 720, 360) * astro::kDegree,
                               dec_deg * astro::kDegree},
                              3600, 3600, 4.5 * astro::kArcsec);
  header.beam = fits::Beam{16 * astro::kArcsec, 12 * astro::kArcsec, 0};
  header.unit = "Jy/beam";
  header.frequency_hz = 1.4e9;
  candidate.tier = "science";
  candidate.verdict = "PASS";
  candidate.calibration_set = "c";
  return candidate;
}

std::vector<Candidate> strip(int n, double dec_deg = 16, double first_ra_deg = 340) {
  std::vector<Candidate> tiles;
  for (int i = 0; i < n; ++i) tiles.push_back(tile(i, dec_deg, first_ra_deg));
  return tiles;
}

std::vector<std::string> groups(const PlannedStrip& planned) {
  std::vector<std::string> ids;
  for (const Candidate& member : planned.members) ids.push_back(member.tile.group_id);
  return ids;
}

std::string reason(const Plan& plan, const std::string& group_id) {
  for (const LeftOut& left : plan.left_out)
    if (left.group_id == group_id) return left.reason;
  return "";
}

TEST(MakePlan, MembersAreInOrderOfTimeWhateverOrderTheyAreNamedIn) {
  std::vector<Candidate> tiles = strip(12);
  std::reverse(tiles.begin(), tiles.end());
  std::swap(tiles[3], tiles[9]);
  const Plan plan = make_plan(tiles, {});
  ASSERT_EQ(plan.mosaics.size(), 1u);
  ASSERT_EQ(plan.mosaics[0].members.size(), 12u);
  for (std::size_t i = 1; i < 12; ++i)
    EXPECT_LT(plan.mosaics[0].members[i - 1].tile.mid_mjd, plan.mosaics[0].members[i].tile.mid_mjd);
  EXPECT_TRUE(plan.left_out.empty());
}

TEST(MakePlan, AStripGoesOnAcrossZeroHoursAndStopsAtAGap) {
  std::vector<Candidate> tiles = strip(12, 75, 355);
  EXPECT_EQ(make_plan(tiles, {}).mosaics.size(), 1u);
  // Three tiles are missing: 5.2 degrees, more than the tiles' 4.5, but 1.3 at declination 75.
  const auto with_gap = [](std::vector<Candidate> all) {
    all.erase(all.begin() + 6, all.begin() + 9);
    return all;
  };
  PlanSettings settings;
  settings.min_members = 2;
  EXPECT_EQ(make_plan(with_gap(tiles), settings).mosaics.size(), 1u);
  const Plan apart = make_plan(with_gap(strip(12, 16, 355)), settings);
  ASSERT_EQ(apart.mosaics.size(), 2u);
  EXPECT_EQ(apart.mosaics[0].members.size(), 6u);
  EXPECT_EQ(apart.mosaics[1].members.size(), 3u);
}

TEST(MakePlan, DeclinationsFurtherApartThanTheToleranceAreTwoMosaics) {
  std::vector<Candidate> tiles = strip(6, 16.0);
  for (const Candidate& other : strip(6, 40)) tiles.push_back(other);
  EXPECT_EQ(make_plan(tiles, {}).mosaics.size(), 2u);
  tiles = strip(6, 16.0);
  for (int i = 6; i < 12; ++i) tiles.push_back(tile(i, 16.9));
  EXPECT_EQ(make_plan(tiles, {}).mosaics.size(), 1u);
  PlanSettings narrow;
  narrow.strip_tolerance_rad = 0.5 * astro::kDegree;
  EXPECT_EQ(make_plan(tiles, narrow).mosaics.size(), 2u);
}

TEST(MakePlan, OfTheImagesOfAGroupTheNewestIsKept) {
  std::vector<Candidate> tiles = strip(6);
  tiles.push_back(tiles[2]);
  tiles.back().tile.image_path = "/new/g102-image.fits";
  tiles.back().made_unix_s = 5;
  tiles.push_back(tiles[4]);
  const Plan plan = make_plan(tiles, {});
  ASSERT_EQ(plan.mosaics.size(), 1u);
  EXPECT_EQ(plan.mosaics[0].members.size(), 6u);
  EXPECT_EQ(plan.mosaics[0].members[2].tile.image_path, "/new/g102-image.fits");
  ASSERT_EQ(plan.left_out.size(), 2u);
  EXPECT_EQ(reason(plan, "g102"), "a newer image of its group is /new/g102-image.fits");
  EXPECT_EQ(reason(plan, "g104"), "it is named twice");
}

TEST(MakePlan, BadTilesAreLeftOutWithTheReasonUnlessForced) {
  std::vector<Candidate> tiles = strip(10);
  tiles[1].verdict = "FAIL";
  tiles[3].tier = "quicklook";
  tiles[5].science = false;
  const Plan plan = make_plan(tiles, {});
  ASSERT_EQ(plan.mosaics.size(), 1u);
  EXPECT_EQ(plan.mosaics[0].members.size(), 7u);
  EXPECT_EQ(reason(plan, "g101"), "it failed its quality gates (QAVERD)");
  EXPECT_EQ(reason(plan, "g103"), "tier 'quicklook', expected 'science'");
  EXPECT_EQ(reason(plan, "g105"), "not for science (SCIENCE)");
  PlanSettings forced;
  forced.force_quality = true;
  EXPECT_EQ(make_plan(tiles, forced).mosaics[0].members.size(), 10u);
}

TEST(MakePlan, AQuicklookMosaicTakesCalibratedQuicklookTiles) {
  std::vector<Candidate> tiles = strip(6);
  for (Candidate& each : tiles) each.tier = "quicklook", each.science = false;
  tiles[0].calibration_set = "";
  PlanSettings settings;
  settings.tier = "quicklook";
  const Plan plan = make_plan(tiles, settings);
  ASSERT_EQ(plan.mosaics.size(), 1u);
  EXPECT_EQ(plan.mosaics[0].members.size(), 5u);
  EXPECT_EQ(reason(plan, "g100"), "uncalibrated (no CALSET)");
}

TEST(MakePlan, TilesThatDoNotFitAreLeftOutEvenWhenForced) {
  std::vector<Candidate> tiles = strip(9);
  tiles[0].tile.header.unit = "Jy/pixel";
  tiles[2].tile.header.frequency_hz *= 1.011;
  tiles[3].tile.header.frequency_hz *= 1.009;
  tiles[4].tile.header.beam->major_rad *= 1.51;
  tiles[5].tile.header.beam->major_rad /= 1.49;
  tiles[6].tile.header.beam.reset();
  PlanSettings forced;
  forced.force_quality = true;
  const Plan plan = make_plan(tiles, forced);
  ASSERT_EQ(plan.mosaics.size(), 1u);
  EXPECT_EQ(groups(plan.mosaics[0]),
            (std::vector<std::string>{"g101", "g103", "g105", "g107", "g108"}));
  EXPECT_NE(reason(plan, "g100").find("Jy/pixel"), std::string::npos);
  EXPECT_NE(reason(plan, "g102").find("1415.4 MHz"), std::string::npos);
  EXPECT_NE(reason(plan, "g104").find("beam area 1.51"), std::string::npos);
  EXPECT_NE(reason(plan, "g106").find("no restoring beam"), std::string::npos);
}

TEST(MakePlan, TooFewTilesAreNoMosaicAndEachIsTold) {
  const Plan plan = make_plan(strip(4), {});
  EXPECT_TRUE(plan.mosaics.empty());
  ASSERT_EQ(plan.too_few.size(), 1u);
  EXPECT_NE(plan.too_few[0].find("4 tiles, expected at least 5"), std::string::npos);
  EXPECT_EQ(plan.left_out.size(), 4u);
}

TEST(MakePlan, AWindowTakesItsMarginFromBesideItAndNothingElse) {
  std::vector<Candidate> tiles = strip(20);
  for (int i = 0; i < 20; ++i) tiles[static_cast<std::size_t>(i)].in_window = i >= 6 && i < 12;
  tiles[5].verdict = "FAIL";
  tiles[8].verdict = "FAIL";
  for (Candidate other : strip(9, 40)) {
    other.in_window = false;
    tiles.push_back(other);
  }
  PlanSettings settings;
  settings.margin = 2;
  const Plan plan = make_plan(tiles, settings);
  ASSERT_EQ(plan.mosaics.size(), 1u);
  EXPECT_EQ(groups(plan.mosaics[0]),
            (std::vector<std::string>{"g103", "g104", "g106", "g107", "g109", "g110", "g111",
                                      "g112", "g113"}));
  ASSERT_EQ(plan.left_out.size(), 1u);  // what failed beside the window was not asked for
  EXPECT_EQ(plan.left_out[0].group_id, "g108");
}

TEST(MakePlan, ADayIsSeveralMosaicsOfWhichNoneIsTooLongOrHasTooMany) {
  const std::vector<Candidate> day = strip(279);
  const Plan plan = make_plan(day, {});
  EXPECT_EQ(plan.mosaics.size(), 6u);  // 360 degrees times cos 16, in pieces of 60
  std::set<std::string> seen;
  for (const PlannedStrip& piece : plan.mosaics)
    for (const std::string& id : groups(piece)) EXPECT_TRUE(seen.insert(id).second);
  EXPECT_EQ(seen.size(), 279u);
  EXPECT_EQ(plan.mosaics[0].members[0].tile.group_id, "g100");
  PlanSettings few;
  few.max_members = 20;
  for (const PlannedStrip& piece : make_plan(day, few).mosaics)
    EXPECT_LE(piece.members.size(), 20u);
}

TEST(FingerprintOf, IsThatOfTheMembersAndOfNothingElse) {
  std::vector<Candidate> tiles = strip(3);
  const std::string print = fingerprint_of(tiles, 0.1);
  EXPECT_EQ(print.size(), 16u);
  tiles[0].tile.image_path = "/elsewhere/g100-image.fits";
  EXPECT_EQ(fingerprint_of(tiles, 0.1), print);
  EXPECT_NE(fingerprint_of(tiles, 0.2), print);
  tiles[1].made_unix_s = 9;
  EXPECT_NE(fingerprint_of(tiles, 0.1), print);
}

}  // namespace
}  // namespace contimg::mosaic
