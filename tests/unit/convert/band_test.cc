// SPDX-License-Identifier: GPL-3.0-or-later
#include "convert/band.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"

namespace contimg::convert {
namespace {

constexpr double kWidth_hz = 244140.625;

// A header of the correlator's subband (spec 1.6): descending, sb00 the highest.
subband::Header correlator_subband(int number) {
  subband::Header header;
  for (int k = 0; k < 48; ++k)
    header.frequency_hz.push_back(1498643188.4765625 - (48 * number + k) * kWidth_hz);
  header.channel_width_hz.assign(48, kWidth_hz);
  header.summary.path = "/in/sb" + std::to_string(number) + ".hdf5";
  header.summary.n_channel = 48;
  header.summary.first_frequency_hz = header.frequency_hz.front();
  header.summary.last_frequency_hz = header.frequency_hz.back();
  header.summary.channel_width_hz = kWidth_hz;
  return header;
}

subband::Header other_telescope(int number, const std::string& path) {
  subband::Header header;
  for (int k = 0; k < 16; ++k) header.frequency_hz.push_back(36e9 - 2e6 * (16 * number + k));
  header.channel_width_hz.assign(16, 2e6);
  header.summary.path = path;
  header.summary.n_channel = 16;
  header.summary.first_frequency_hz = header.frequency_hz.front();
  header.summary.last_frequency_hz = header.frequency_hz.back();
  header.summary.channel_width_hz = 2e6;
  return header;
}

std::vector<subband::Header> correlator_without(const std::vector<int>& missing) {
  std::vector<subband::Header> headers;
  for (int number = 0; number < 16; ++number)
    if (std::find(missing.begin(), missing.end(), number) == missing.end())
      headers.push_back(correlator_subband(number));
  return headers;
}

void expect_the_whole_grid(const Band& band) {
  ASSERT_EQ(band.frequency_hz.size(), 768u);
  for (std::size_t i = 0; i < 768; ++i)
    EXPECT_NEAR(band.frequency_hz[i], 1311387329.1015625 + static_cast<double>(i) * kWidth_hz, 1);
}

TEST(JoinBand, PutsTheWholeBandInAscendingOrder) {
  const Band band = join_band(correlator_without({}), 16);
  expect_the_whole_grid(band);
  EXPECT_TRUE(band.is_dsa110);
  EXPECT_TRUE(band.missing_slots.empty());
  EXPECT_EQ(band.places.front().slot, 15u);  // sb00 is the highest
  EXPECT_TRUE(band.places.front().descending);
}

TEST(JoinBand, KeepsThePlacesOfMissingSubbandsAlsoAtTheEdges) {
  const Band band = join_band(correlator_without({0, 7, 15}), 16);
  expect_the_whole_grid(band);
  EXPECT_EQ(band.missing_slots, (std::vector<std::size_t>{0, 8, 15}));
}

TEST(JoinBand, PlacesAnotherTelescopesMissingSubbandByTheNamesOfTheOthers) {
  const std::vector<subband::Header> headers = {
      other_telescope(1, "/in/2010-04-26T03:22:01_sb01.hdf5"),
      other_telescope(2, "/in/2010-04-26T03:22:01_sb02.hdf5")};
  const Band band = join_band(headers, 4);
  EXPECT_EQ(band.n_slot, 4u);
  EXPECT_EQ(band.missing_slots, (std::vector<std::size_t>{0, 3}));
  EXPECT_FALSE(band.is_dsa110);
}

TEST(JoinBand, TakesWhatTheFilesSpanWhenNamesSayNothing) {
  const Band band =
      join_band({other_telescope(1, "/in/a.uvh5"), other_telescope(2, "/in/b.uvh5")}, 4);
  EXPECT_EQ(band.n_slot, 2u);
}

void expect_refused(const std::vector<subband::Header>& headers, const std::string& path) {
  try {
    join_band(headers, 16);
    FAIL() << "was joined";
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find(path), std::string::npos) << error.what();
  }
}

TEST(JoinBand, RefusesFrequenciesThatDoNotAbutAndNamesTheFile) {
  std::vector<subband::Header> headers = correlator_without({});
  for (double& frequency_hz : headers[3].frequency_hz) frequency_hz += 5000;
  expect_refused(headers, "/in/sb3.hdf5");
}

TEST(JoinBand, RefusesTheSameFrequenciesTwice) {
  std::vector<subband::Header> headers = correlator_without({});
  headers[4] = correlator_subband(3);
  headers[4].summary.path = "/in/again.hdf5";
  expect_refused(headers, "/in/again.hdf5");
}

TEST(JoinBand, RefusesAnotherChannelWidthAndChannelsOutOfOrder) {
  std::vector<subband::Header> headers = correlator_without({});
  headers[5].channel_width_hz.assign(48, 2 * kWidth_hz);
  expect_refused(headers, "/in/sb5.hdf5");
  headers = correlator_without({});
  std::swap(headers[6].frequency_hz[1], headers[6].frequency_hz[2]);
  expect_refused(headers, "/in/sb6.hdf5");
}

}  // namespace
}  // namespace contimg::convert
