// SPDX-License-Identifier: GPL-3.0-or-later
// Expected values: those that made_file.h writes; conversions written out here.
#include "subband/header.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "made_file.h"

using namespace contimg;
using subband::read_header;

namespace {

subband::Header header_of(const made::File& file) {
  const made::Folder folder;
  file.write(folder.file("a.hdf5"));
  return read_header(folder.file("a.hdf5"));
}

/// A file whose dataset `name` is another.
made::File with(const std::string& name, std::function<void(const hdf5::File&)> write) {
  made::File file;
  file.leave_out = {name};
  file.extra = std::move(write);
  return file;
}

void expect_refusal(const made::File& file, const std::string& part) {
  try {
    header_of(file);
    FAIL() << "not refused";
  } catch (const DataError& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("a.hdf5: "), std::string::npos) << text;
    EXPECT_NE(text.find(part), std::string::npos) << text;
  }
}

}  // namespace

TEST(Header, HasTheStationsOnTheEarth) {
  const subband::Header header = header_of(made::File());
  ASSERT_EQ(header.stations.size(), 7u);
  EXPECT_EQ(header.stations[2].name, "3");
  EXPECT_EQ(header.stations[2].number, 2);
  EXPECT_DOUBLE_EQ(header.stations[2].diameter_m, 4.65);
  // WGS84 (a = 6378137 m, f = 1/298.257223563) at the latitude, longitude and height of the file.
  const double degree = std::acos(-1.0) / 180, e2 = (2 - 1 / 298.257223563) / 298.257223563;
  const double latitude = 37.2334 * degree, longitude = -118.2829 * degree, height = 1188;
  const double n = 6378137 / std::sqrt(1 - e2 * std::pow(std::sin(latitude), 2));
  EXPECT_NEAR(header.stations[2].position_m[0],
              (n + height) * std::cos(latitude) * std::cos(longitude) + 10, 1e-6);
  EXPECT_NEAR(header.stations[2].position_m[1],
              (n + height) * std::cos(latitude) * std::sin(longitude) + 10, 1e-6);
  EXPECT_NEAR(header.stations[2].position_m[2], (n * (1 - e2) + height) * std::sin(latitude) + 10,
              1e-6);
}

TEST(Header, HasRowsAndBandInTheFilesOrder) {
  const made::File file;
  const subband::Header header = header_of(file);
  ASSERT_EQ(header.time_mjd_s.size(), file.n_row());
  EXPECT_NEAR(header.time_mjd_s[0], (2461066.435 - 2400000.5) * 86400, 1e-4);
  EXPECT_NEAR(header.time_mjd_s.back() - header.time_mjd_s[0], 3 * file.integration_s, 1e-4);
  EXPECT_EQ(header.integration_time_s.size(), file.n_row());
  EXPECT_EQ(header.station1[5], 0);
  EXPECT_EQ(header.station2[5], 1);
  EXPECT_EQ(header.first_uvw_m.size(), file.n_baseline());
  EXPECT_EQ(header.frequency_hz.size(), 8u);
  EXPECT_DOUBLE_EQ(header.frequency_hz[1], file.frequency_hz(1));
  EXPECT_EQ(header.channel_width_hz, std::vector<double>(8, file.channel_width_hz()));
  EXPECT_EQ(header.polarization, (std::vector<int>{-5, -6}));
}

TEST(Header, TakesOneValueForAll) {
  const auto one = [](const char* name, double value) {
    return with(name, [=](const hdf5::File& file) {
      file.write_array(name, std::vector<double>{value}, {1});
    });
  };
  EXPECT_EQ(header_of(one("Header/antenna_diameters", 12)).stations[6].diameter_m, 12);
  EXPECT_EQ(header_of(one("Header/integration_time", 12.9)).integration_time_s.back(), 12.9);
  made::File unknown;
  unknown.leave_out = {"Header/antenna_diameters"};
  EXPECT_EQ(header_of(unknown).stations[0].diameter_m, 0);
}

TEST(Header, RefusesWhatDoesNotFitTogether) {
  const auto doubles = [](const char* name, std::vector<double> values, hdf5::Shape shape) {
    return with(name, [=](const hdf5::File& file) { file.write_array(name, values, shape); });
  };
  const auto integers = [](const char* name, std::vector<std::int64_t> values) {
    return with(name,
                [=](const hdf5::File& file) { file.write_array(name, values, {values.size()}); });
  };
  const double nan = std::nan("");
  expect_refusal(doubles("Header/antenna_positions", std::vector<double>(21, nan), {7, 3}),
                 "antenna_positions holds a value that is not finite");
  expect_refusal(doubles("Header/antenna_positions", std::vector<double>(18, 1), {6, 3}),
                 "antenna_positions has shape (6,3), the header says (7,3)");
  expect_refusal(doubles("Header/integration_time", {1, 2}, {2}),
                 "integration_time has shape (2), the header says (60)");
  std::vector<double> durations(60, 12.9);
  durations[30] = nan;
  expect_refusal(doubles("Header/integration_time", durations, {60}),
                 "integration_time holds nan s, expected a positive number");
  std::vector<double> widths(8, 11.71875e6 / 8);
  widths[3] = std::numeric_limits<double>::infinity();
  expect_refusal(doubles("Header/channel_width", widths, {8}), "is not a positive number");
  expect_refusal(integers("Header/antenna_numbers", {0, 1, 2, 3, 4, 5, 5}), "names number 5 twice");
  expect_refusal(integers("Header/ant_2_array", std::vector<std::int64_t>(60, 99)),
                 "names antenna number 99, which Header/antenna_numbers does not have");
  expect_refusal(doubles("Header/uvw_array", std::vector<double>(120, 0), {60, 2}),
                 "uvw_array has shape (60,2), the header says (60,3)");
}

TEST(Header, ReadsAllUvw) {
  const made::Folder folder;
  std::vector<double> values(180);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i);
  with("Header/uvw_array", [&](const hdf5::File& file) {
    file.write_array("Header/uvw_array", values, {60, 3});
  }).write(folder.file("a.hdf5"));
  const auto uvw = subband::read_uvw(folder.file("a.hdf5"));
  ASSERT_EQ(uvw.size(), 60u);
  EXPECT_EQ(uvw[59], (astro::Vector3{177, 178, 179}));
}
