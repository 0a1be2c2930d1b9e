// SPDX-License-Identifier: GPL-3.0-or-later
#include "subband/summary.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "made_file.h"

using namespace contimg;
using subband::read_summary;
using subband::subband_from_frequency;

namespace {

std::string reason(const std::string& path) {
  try {
    read_summary(path);
  } catch (const DataError& error) {
    return error.what();
  }
  return "no error";
}

/// The reason why a file made so is refused.
std::string refusal(const made::File& file) {
  const made::Folder folder;
  const std::string path = folder.file("a.hdf5");
  file.write(path);
  const std::string text = reason(path);
  EXPECT_NE(text.find(path), std::string::npos) << "names the file: " << text;
  return text;
}

void expect_refused(const made::File& file, const std::string& part) {
  const std::string text = refusal(file);
  EXPECT_NE(text.find(part), std::string::npos) << text << "\nlacks: " << part;
}

made::File replacing(const std::string& name, std::function<void(const hdf5::File&)> write) {
  made::File file;
  file.leave_out = {name};
  file.extra = std::move(write);
  return file;
}

std::string test_data() {
  const char* path = std::getenv("CONTIMG_TEST_DATA");
  return path ? path : CONTIMG_SOURCE_DIR "/../shared/data";
}

}  // namespace

TEST(Summary, SaysWhatTheCorrelatorsHeaderHolds) {
  const made::Folder folder;
  const std::string path = folder.file("2026-01-25T22:26:05_sb03.hdf5");
  made::File().write(path);
  const subband::Summary summary = read_summary(path);
  EXPECT_EQ(summary.telescope_name, "OVRO_MMA");
  EXPECT_EQ(summary.phase_type, subband::PhaseType::drift);
  EXPECT_FALSE(summary.phase_centre);
  EXPECT_DOUBLE_EQ(summary.pointing_dec_rad, 0.28);
  EXPECT_NEAR(summary.site.longitude_rad, -2.0644260, 1e-6);
  EXPECT_NEAR(summary.first_time_mjd_s, 61065.935 * 86400, 1e-4);
  EXPECT_NEAR(summary.last_time_mjd_s - summary.first_time_mjd_s, 3 * 12.884902, 1e-4);
  EXPECT_EQ(summary.n_time, 4u);
  EXPECT_EQ(summary.n_baseline, 15u);
  EXPECT_EQ(summary.n_antenna_data, 5u);
  EXPECT_EQ(summary.n_antenna_telescope, 7u);
  EXPECT_EQ(summary.n_polarization, 2u);
  EXPECT_EQ(summary.polarization, (std::vector<int>{-5, -6}));
  EXPECT_DOUBLE_EQ(summary.dish_diameter_m, 4.65);
  EXPECT_NEAR(summary.high_edge_hz(), 1498.7652587890625e6 - 3 * 11.71875e6, 1);
  EXPECT_NEAR(summary.low_edge_hz(), 1498.7652587890625e6 - 4 * 11.71875e6, 1);
  EXPECT_EQ(subband_from_frequency(summary), 3);
}

TEST(Summary, NumbersAllSixteenSubbandsFromTheirFrequencies) {
  const made::Folder folder;
  for (int number = 0; number < 16; ++number) {
    made::File file;
    file.subband = number;
    file.n_channel = 48;
    file.write(folder.file("a.hdf5"));
    EXPECT_EQ(subband_from_frequency(read_summary(folder.file("a.hdf5"))), number);
  }
}

TEST(Summary, TellsAnUnknownHostsBandFromAnotherTelescope) {
  const made::Folder folder;
  made::File file;
  file.frequency_offset_hz = -3.2e6;
  file.write(folder.file("host.hdf5"));
  const auto host = read_summary(folder.file("host.hdf5"));
  EXPECT_FALSE(subband_from_frequency(host));
  EXPECT_TRUE(is_correlator_band(host));
  file.frequency_offset_hz = 3e9;
  file.write(folder.file("other.hdf5"));
  const auto other = read_summary(folder.file("other.hdf5"));
  EXPECT_FALSE(subband_from_frequency(other));
  EXPECT_FALSE(is_correlator_band(other));
}

TEST(Summary, AcceptsTheShapesThatPyuvdataWrites) {
  const made::Folder folder;
  made::File file;
  file.three_axes = true;
  file.leave_out = {"Header/phase_type", "Header/channel_width", "Header/freq_array",
                    "Header/phase_center_app_dec", "Header/telescope_name"};
  file.extra = [&](const hdf5::File& out) {
    out.write_array("Header/channel_width", std::vector<double>(8, -file.channel_width_hz()), {8});
    std::vector<double> frequencies;
    for (int i = 0; i < 8; ++i) frequencies.push_back(file.frequency_hz(7 - i));
    out.write_array("Header/freq_array", frequencies, {8});
    out.write_variable_string("Header/telescope_name", "ANY");
    out.write_fixed_string("Header/version", "1.2");
    out.create_group("Header/phase_center_catalog");
    out.create_group("Header/phase_center_catalog/0");
    out.write_variable_string("Header/phase_center_catalog/0/cat_type", "sidereal");
    out.write_variable_string("Header/phase_center_catalog/0/cat_name", "3C286");
    out.write_variable_string("Header/phase_center_catalog/0/cat_frame", "icrs");
    out.write_scalar("Header/phase_center_catalog/0/cat_lon", -2.7);
    out.write_scalar("Header/phase_center_catalog/0/cat_lat", 0.53);
    out.write_array("Header/phase_center_id_array", std::vector<std::int64_t>(file.n_row(), 0),
                    {file.n_row()});
  };
  file.write(folder.file("a.hdf5"));
  const auto summary = read_summary(folder.file("a.hdf5"));
  EXPECT_EQ(summary.phase_type, subband::PhaseType::phased);
  ASSERT_TRUE(summary.phase_centre);
  EXPECT_NEAR(summary.phase_centre->ra_rad, 2 * 3.14159265358979 - 2.7, 1e-9);
  EXPECT_DOUBLE_EQ(summary.pointing_dec_rad, 0.53);
  EXPECT_EQ(summary.object_name, "3C286");
  EXPECT_EQ(summary.telescope_name, "ANY");
  EXPECT_EQ(subband_from_frequency(summary), 3);
  EXPECT_GT(summary.channel_width_hz, 0);
}

TEST(Summary, TakesTheStripsDeclinationFromTheExtraKeywordOfRewrittenFiles) {
  const made::Folder folder;
  made::File file;
  file.leave_out = {"Header/phase_type"};
  file.extra = [](const hdf5::File& out) {
    out.write_scalar("Header/extra_keywords/phase_center_dec", 0.95);
    out.create_group("Header/phase_center_catalog");
    out.create_group("Header/phase_center_catalog/zenith");
    out.write_fixed_string("Header/phase_center_catalog/zenith/cat_type", "unprojected");
  };
  file.write(folder.file("a.hdf5"));
  const auto summary = read_summary(folder.file("a.hdf5"));
  EXPECT_EQ(summary.phase_type, subband::PhaseType::drift);
  EXPECT_DOUBLE_EQ(summary.pointing_dec_rad, 0.95);
}

TEST(Summary, RefusesWhatIsNoSubbandFileAndSaysWhy) {
  const made::Folder folder;
  std::ofstream(folder.file("empty.hdf5")).close();
  std::ofstream(folder.file("text.hdf5")) << std::string(4096, 'x');
  hdf5::File::create(folder.file("bare.hdf5"));
  EXPECT_NE(reason(folder.file("empty.hdf5")).find("empty (0 bytes)"), std::string::npos);
  EXPECT_NE(reason(folder.file("text.hdf5")).find("not an HDF5 file"), std::string::npos);
  EXPECT_NE(reason(folder.file("bare.hdf5")).find("no group /Header"), std::string::npos);
  EXPECT_NE(reason(folder.file("none.hdf5")).find("No such file"), std::string::npos);
}

TEST(Summary, RefusesAFileCutShortAtAnyLength) {
  const made::Folder folder;
  const std::string path = folder.file("a.hdf5");
  made::File().write(path);
  const auto whole = std::filesystem::file_size(path);
  for (const double part : {0.999, 0.9, 0.5, 0.1, 0.01}) {
    std::filesystem::resize_file(path, static_cast<std::uintmax_t>(part * double(whole)));
    EXPECT_NE(reason(path), "no error") << part;
  }
}

TEST(Summary, NeedsEveryDataset) {
  for (const char* name : {"Header/latitude",
                           "Header/longitude",
                           "Header/altitude",
                           "Header/telescope_name",
                           "Header/phase_center_app_dec",
                           "Header/Nants_data",
                           "Header/Nants_telescope",
                           "Header/Nbls",
                           "Header/Nblts",
                           "Header/Ntimes",
                           "Header/Nfreqs",
                           "Header/Npols",
                           "Header/channel_width",
                           "Header/freq_array",
                           "Header/time_array",
                           "Header/integration_time",
                           "Header/ant_1_array",
                           "Header/ant_2_array",
                           "Header/uvw_array",
                           "Header/antenna_numbers",
                           "Header/antenna_names",
                           "Header/antenna_positions",
                           "Header/polarization_array",
                           "Data/visdata",
                           "Data/flags",
                           "Data/nsamples"}) {
    made::File file;
    file.leave_out = {name};
    expect_refused(file, std::string(name) + " is missing");
  }
}

TEST(Summary, RefusesDatasetsOfTheWrongTypeOrShape) {
  expect_refused(
      replacing("Header/time_array",
                [](const hdf5::File& f) { f.write_fixed_string("Header/time_array", "noon"); }),
      "Header/time_array");
  expect_refused(replacing("Header/time_array",
                           [](const hdf5::File& f) {
                             f.write_array("Header/time_array", std::vector<double>{}, {0});
                           }),
                 "holds no integration");
  expect_refused(
      replacing("Data/visdata",
                [](const hdf5::File& f) {
                  f.write_array("Data/visdata", std::vector<float>(60 * 16), {60, 1, 8, 2});
                }),
      "wrong type");
  expect_refused(
      replacing("Data/nsamples",
                [](const hdf5::File& f) {
                  f.write_array("Data/nsamples", std::vector<float>(45 * 16), {45, 1, 8, 2});
                }),
      "Data/nsamples has shape (45,1,8,2)");
  expect_refused(
      replacing("Header/Nblts",
                [](const hdf5::File& f) { f.write_scalar("Header/Nblts", std::int64_t{45}); }),
      "Header/Nblts is 45, expected Ntimes x Nbls = 60");
  expect_refused(
      replacing("Header/Nfreqs", [](const hdf5::File& f) { f.write_scalar("Header/Nfreqs", 8.5); }),
      "not one integer");
  // Found by fuzzing: room for it was asked for.
  expect_refused(replacing("Header/telescope_name",
                           [](const hdf5::File& f) {
                             f.create_dataset("Header/telescope_name",
                                              hdf5::fixed_string_type(8).get(),
                                              {hsize_t{1} << 40, hsize_t{1} << 20}, {1, 1});
                           }),
                 "Header/telescope_name: claims");
}

TEST(Summary, RefusesTimesThatCannotBe) {
  made::File file;
  file.first_jd = 2455000.5;  // MJD 55000, the correlator's lost origin
  expect_refused(file, "lost its time origin");
  file = {};
  file.first_jd = std::nan("");
  expect_refused(file, "not a number");
  file = {};
  file.first_jd = 2488070.0;
  expect_refused(file, "Header/time_array begins or ends");
  file = replacing("Header/integration_time", [](const hdf5::File& f) {
    f.write_array("Header/integration_time", std::vector<double>(60, 25.0), {60});
  });
  expect_refused(file, "4 integrations span 75");
}

TEST(Summary, RefusesFrequenciesAndPointingsThatCannotBe) {
  expect_refused(replacing("Header/freq_array",
                           [](const hdf5::File& f) {
                             f.write_array("Header/freq_array",
                                           std::vector<double>{8, 7, 6, 5, 4, 3, 2.5, 1}, {1, 8});
                           }),
                 "not evenly spaced");
  expect_refused(
      replacing("Header/channel_width",
                [](const hdf5::File& f) { f.write_scalar("Header/channel_width", 9e6); }),
      "apart");
  made::File file;
  file.dec_rad = 16.1;  // degrees where radians belong
  expect_refused(file, "expected a declination in radians");
  expect_refused(
      replacing("Header/phase_type",
                [](const hdf5::File& f) { f.write_fixed_string("Header/phase_type", "unknown"); }),
      "expected drift or phased");
}

TEST(Summary, ReadsTheRealFilesOfOtherTelescopes) {
  const std::string vla = test_data() + "/vla/2010-04-26T03:22:01_sb02.hdf5";
  if (!std::filesystem::exists(vla)) GTEST_SKIP() << vla << " is absent";
  const auto summary = read_summary(vla);
  EXPECT_EQ(summary.telescope_name, "EVLA");
  EXPECT_EQ(summary.object_name, "J1008+0730");
  EXPECT_EQ(summary.n_time, 8u);
  EXPECT_EQ(summary.n_channel, 16u);
  EXPECT_EQ(summary.polarization, (std::vector<int>{-1, -2, -3, -4}));
  ASSERT_TRUE(summary.phase_centre);
  // J1008+0730: 10h08m00.0161s +07d30'16.552" (VLA calibrator list).
  EXPECT_NEAR(summary.phase_centre->ra_rad * 12 / M_PI, 10 + 8 / 60. + 0.016 / 3600, 1e-5);
  EXPECT_NEAR(summary.phase_centre->dec_rad * 180 / M_PI, 7 + 30 / 60. + 16.55 / 3600, 1e-4);
  EXPECT_FALSE(subband_from_frequency(summary));
  EXPECT_FALSE(is_correlator_band(summary));
}
