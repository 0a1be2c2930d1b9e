// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <cmath>

#include "astro/constants.h"
#include "astro/direction.h"
#include "astro/epoch.h"
#include "group/assess.h"
#include "group/classify.h"
#include "group/form_groups.h"
#include "group/matching.h"

using namespace contimg;
using group::assess;
using group::Assessment;
using group::match_files;
using queue::FileRecord;
using queue::FileState;

namespace {

constexpr double kStart_unix_s = 1769379965.0;  // 2026-01-25T22:26:05
constexpr double kIntegration_s = 12.884902;
constexpr double kCadence_s = 309.23764;

FileRecord file(int subband, double stamp_offset_s = 0, int chunk = 0) {
  FileRecord record;
  record.stamp_unix_s = std::floor(kStart_unix_s + chunk * kCadence_s + stamp_offset_s);
  record.stamp = astro::format_stamp(astro::mjd_s_from_unix_s(record.stamp_unix_s) + 0.5);
  record.path = "/in/" + record.stamp + "_sb" + std::to_string(100 + subband).substr(1) + ".hdf5";
  record.identity = {subband, 1000, 1};
  record.state = FileState::valid;
  record.has_header = true;
  record.name_subband = record.subband = subband;
  record.telescope_name = "OVRO_MMA";
  record.latitude_rad = 37.2334 * astro::kDegree;
  record.longitude_rad = -118.2829 * astro::kDegree;
  record.first_time_unix_s = kStart_unix_s + chunk * kCadence_s + 0.9;
  record.n_time = 24;
  record.last_time_unix_s = record.first_time_unix_s + 23 * kIntegration_s;
  record.integration_time_s = kIntegration_s;
  record.n_antenna = 96;
  record.n_baseline = 4656;
  record.n_baseline_time = 4656 * 24;
  record.station_hash = "1";
  record.polarization = "-5,-6";
  record.n_channel = 48;
  record.channel_width_hz = 244140.625;
  record.high_edge_hz = 1498.7652587890625e6 - subband * 11.71875e6;
  record.low_edge_hz = record.high_edge_hz - 11.71875e6;
  record.pointing_dec_rad = 0.28;
  record.dish_diameter_m = 4.65;
  return record;
}

std::vector<FileRecord> whole_group(int chunk = 0) {
  std::vector<FileRecord> files;
  for (int subband = 0; subband < 16; ++subband) files.push_back(file(subband, subband % 3, chunk));
  return files;
}

FileRecord damaged(FileRecord record) {
  record.state = FileState::invalid;
  record.reason = "truncated";
  record.has_header = false;
  return record;
}

const group::Member& find(const Assessment& group, const std::string& path) {
  for (const group::Member& member : group.files)
    if (member.file.path == path) return member;
  throw std::runtime_error(path);
}

}  // namespace

TEST(Assess, CallsAGroupCompleteWhenAllDistinctSubbandsAreThere) {
  std::vector<FileRecord> files = whole_group();
  EXPECT_TRUE(assess(files, 16).complete());
  // 15 subbands and a duplicate are sixteen files, and not complete.
  files[7] = file(6, 1.5);
  const Assessment group = assess(files, 16);
  EXPECT_EQ(group.n_subband(), 15);
  EXPECT_EQ(group.missing, std::vector<int>{7});
}

TEST(Assess, NamesTheGroupAfterSubbandZeroElseTheEarliest) {
  std::vector<FileRecord> files = whole_group();
  files[0] = file(0, 2);
  EXPECT_EQ(assess(files, 16).group_id, "2026-01-25T22:26:07");
  files.erase(files.begin());
  EXPECT_EQ(assess(files, 16).group_id, "2026-01-25T22:26:05");
}

TEST(Assess, PrefersMoreRowsThenTheLargerThenTheLaterDuplicate) {
  const auto winner = [](void (*change)(FileRecord&)) {
    std::vector<FileRecord> files = whole_group();
    FileRecord other = file(4, 9);
    change(other);
    files.push_back(other);
    const Assessment group = assess(files, 16);
    EXPECT_TRUE(group.complete());
    return find(group, other.path).role;
  };
  EXPECT_EQ(winner([](FileRecord& f) {
              f.n_baseline_time -= 4656;
              f.identity.size_byte = 9999;
            }),
            group::Role::duplicate);
  EXPECT_EQ(winner([](FileRecord& f) { f.identity.size_byte = 1001; }), group::Role::member);
  EXPECT_EQ(winner([](FileRecord& f) { f.identity.mtime_ns = 2; }), group::Role::member);
  EXPECT_EQ(winner([](FileRecord& f) { f.identity.mtime_ns = 0; }), group::Role::duplicate);
}

TEST(Assess, RejectsTheOddOneOutByAnyPropertyAndSaysWhich) {
  const std::pair<const char*, void (*)(FileRecord&)> changes[] = {
      {"number of antennas", [](FileRecord& f) { f.n_antenna = 95; }},
      {"list of stations", [](FileRecord& f) { f.station_hash = "2"; }},
      {"polarisations", [](FileRecord& f) { f.polarization = "-5"; }},
      {"integration time", [](FileRecord& f) { f.integration_time_s = 10; }},
      {"declination", [](FileRecord& f) { f.pointing_dec_rad += 0.01; }},
      {"number of channels", [](FileRecord& f) { f.n_channel = 24; }},
      {"do not abut",
       [](FileRecord& f) {
         f.low_edge_hz += 1e6;
         f.high_edge_hz += 1e6;
       }},
  };
  for (const auto& [name, change] : changes) {
    std::vector<FileRecord> files = whole_group();
    change(files[5]);
    const Assessment group = assess(files, 16);
    EXPECT_EQ(group.missing, std::vector<int>{5}) << name;
    EXPECT_NE(find(group, files[5].path).reason.find(name), std::string::npos)
        << find(group, files[5].path).reason;
  }
}

TEST(Assess, AcceptsABandThatCountsUpwardsAndOneThatCountsDownwards) {
  for (const int sign : {-1, 1}) {
    std::vector<FileRecord> files;
    for (int subband = 0; subband < 4; ++subband) {
      FileRecord record = file(subband);
      record.low_edge_hz = 36.3e9 + sign * subband * 2e6;
      record.high_edge_hz = record.low_edge_hz + 2e6;
      record.channel_width_hz = 125000;
      files.push_back(record);
    }
    EXPECT_TRUE(assess(files, 4).complete()) << sign;
    std::swap(files[1].subband, files[2].subband);  // two names exchanged
    EXPECT_FALSE(assess(files, 4).complete()) << sign;
  }
}

TEST(Matching, SeparatesConsecutiveChunksAndJoinsStampsThatDiffer) {
  std::vector<FileRecord> files;
  for (int chunk = 0; chunk < 5; ++chunk)
    for (int subband = 0; subband < 16; ++subband)
      files.push_back(file(subband, chunk == 2 ? -20.0 * (subband % 2) : subband % 3, chunk));
  const auto groups = match_files(files, {}, 0);
  for (std::size_t i = 0; i < files.size(); ++i)
    for (std::size_t j = 0; j < files.size(); ++j)
      EXPECT_EQ(groups[i] == groups[j], i / 16 == j / 16) << i << ' ' << j;
}

TEST(Matching, JoinsAShortFileThatBeganLateOrEndedEarly) {
  std::vector<FileRecord> files = whole_group();
  files[3].n_time = 10;
  files[3].last_time_unix_s = files[3].first_time_unix_s + 9 * kIntegration_s;
  files[4].n_time = 9;
  files[4].first_time_unix_s += 15 * kIntegration_s;
  for (const FileRecord& next : whole_group(1)) files.push_back(next);
  const auto groups = match_files(files, {}, 0);
  for (int i = 1; i < 16; ++i) EXPECT_EQ(groups[i], groups[0]) << i;
  EXPECT_NE(groups[16], groups[0]);
}

TEST(Matching, PlacesUnreadableFilesByTheirStamps) {
  std::vector<FileRecord> files = whole_group();
  files[9] = damaged(file(9, 70));
  files.push_back(damaged(file(1, 0, 3)));  // its companions have not come
  files.back().seen_at_unix_s = 100;
  auto groups = match_files(files, {}, 99);
  EXPECT_EQ(groups[9], groups[0]);
  EXPECT_FALSE(groups[16]);
  groups = match_files(files, {}, 100);
  ASSERT_TRUE(groups[16]);
  EXPECT_NE(groups[16], groups[0]);
}

TEST(Matching, GivesAGroupOfUnreadableFilesItsTimesWhenAReadableOneComes) {
  group::Window headerless;
  headerless.first_time_unix_s = headerless.last_time_unix_s = kStart_unix_s;
  headerless.stamps_unix_s = {kStart_unix_s};
  const auto groups = match_files({file(2, 1)}, {headerless}, 0);
  EXPECT_EQ(groups[0], std::size_t{0});
}

TEST(Classify, KnowsA3C286TransitFromTheHeaderAlone) {
  const auto earth = astro::EarthOrientation::built_in();
  const auto calibrator = skymodel::find_primary_calibrator("3C286");
  ASSERT_TRUE(calibrator);
  group::Pointing pointing;
  pointing.header = file(0);
  pointing.centre_frequency_hz = 1405.0152588e6;
  const astro::Site site{pointing.header.longitude_rad, pointing.header.latitude_rad, 0};
  // Truth by bisection on the apparent hour angle, not by the sidereal rate that the code uses.
  double low = kStart_unix_s, high = kStart_unix_s + 86164.0;
  const auto hour_angle = [&](double t) {
    return astro::ApparentFrame(astro::mjd_s_from_unix_s(t), site, earth)
        .hour_angle_dec(calibrator->component.position);
  };
  for (double t = low; t < high; t += 600)
    if (hour_angle(t).ra_rad < 0 && hour_angle(t + 600).ra_rad >= 0) {
      low = t;
      high = t + 600;
      break;
    }
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (low + high);
    (hour_angle(middle).ra_rad < 0 ? low : high) = middle;
  }
  const double transit = low;
  const double dec = hour_angle(transit).dec_rad;
  const auto matches_at = [&](double first, double strip_dec_rad) {
    group::Pointing each = pointing;
    each.header.first_time_unix_s = first;
    each.header.last_time_unix_s = first + 23 * kIntegration_s;
    each.header.pointing_dec_rad = strip_dec_rad;
    return match_calibrators(each, skymodel::primary_calibrators(), earth);
  };
  const auto on_strip = matches_at(transit - 5 * kIntegration_s, dec);
  ASSERT_EQ(on_strip.size(), 1u);
  EXPECT_EQ(on_strip[0].name, "1331+305");
  EXPECT_EQ(on_strip[0].integration, 5);
  EXPECT_NEAR(on_strip[0].transit_unix_s, transit, 0.01);
  EXPECT_NEAR(on_strip[0].primary_beam, 1, 1e-3);
  EXPECT_NEAR(on_strip[0].flux_jy, 15.06, 0.01);  // Perley & Butler 2017, as in spec 6.2
  // 0.9 degrees off in declination: Airy response 0.737 at 1.405 GHz, 4.65 m.
  const auto off_strip = matches_at(transit - 5 * kIntegration_s, dec + 0.9 * astro::kDegree);
  ASSERT_EQ(off_strip.size(), 1u);
  EXPECT_NEAR(off_strip[0].dec_separation_rad / astro::kDegree, -0.9, 1e-3);
  EXPECT_LT(off_strip[0].primary_beam, 0.80);
  EXPECT_GT(off_strip[0].primary_beam, 0.70);
  EXPECT_TRUE(matches_at(transit - 5 * kIntegration_s, dec + 1.1 * astro::kDegree).empty());
  // The transit has to lie between the edges of the first and the last integration.
  EXPECT_EQ(matches_at(transit + 0.4 * kIntegration_s, dec).size(), 1u);
  EXPECT_TRUE(matches_at(transit + 0.6 * kIntegration_s, dec).empty());
  EXPECT_EQ(matches_at(transit - 23.4 * kIntegration_s, dec).size(), 1u);
  EXPECT_TRUE(matches_at(transit - 23.6 * kIntegration_s, dec).empty());
}

TEST(Classify, TakesPhasedDataForACalibratorWithinHalfPower) {
  const auto earth = astro::EarthOrientation::built_in();
  const auto calibrator = skymodel::find_primary_calibrator("3C48");
  ASSERT_TRUE(calibrator);
  group::Pointing pointing;
  pointing.header = file(0);
  pointing.header.drift = false;
  pointing.header.dish_diameter_m = 25;
  pointing.centre_frequency_hz = 1.4e9;
  const auto n_match = [&](double offset_rad) {
    pointing.header.centre_ra_rad = calibrator->component.position.ra_rad;
    pointing.header.pointing_dec_rad = calibrator->component.position.dec_rad + offset_rad;
    return match_calibrators(pointing, skymodel::primary_calibrators(), earth).size();
  };
  const double half_width = 0.5 * 1.029 * (astro::kSpeedOfLight / 1.4e9) / 25;
  EXPECT_EQ(n_match(0), 1u);
  EXPECT_EQ(n_match(0.98 * half_width), 1u);
  EXPECT_EQ(n_match(1.02 * half_width), 0u);
  pointing.header.dish_diameter_m = 0;
  EXPECT_EQ(n_match(0), 1u);
  EXPECT_EQ(n_match(0.98 * half_width), 0u);
}
