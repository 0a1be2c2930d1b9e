// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <complex>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "../subband/made_file.h"
#include "convert/plan.h"

/// A small group of subband files whose every value the test knows.
namespace contimg::convert::made {

inline constexpr int kTimes = 4, kAntennas = 4, kChannels = 8, kPolarizations = 2;
inline constexpr const char* kGroupId = "2026-01-25T22:26:05";

/// One file's values, [row, channel, polarisation] as stored; rows are [time, pair].
struct Values {
  std::vector<std::complex<float>> data;
  std::vector<std::int8_t> flag;
  std::vector<float> samples;
};

/// Pairs of antennas in the file's order, autocorrelations included.
inline std::vector<std::pair<int, int>> pairs() {
  std::vector<std::pair<int, int>> result;
  for (int j = 0; j < kAntennas; ++j)
    for (int i = 0; i <= j; ++i) result.emplace_back(i, j);
  return result;
}

inline std::size_t n_value() {
  return pairs().size() * static_cast<std::size_t>(kTimes * kChannels * kPolarizations);
}

/// Place of a value in the file.
inline std::size_t at(std::size_t time, std::size_t pair, std::size_t channel, std::size_t p) {
  return ((time * pairs().size() + pair) * kChannels + channel) * kPolarizations + p;
}

/// Random visibilities, nothing flagged, 96 samples.
inline Values plain_values(unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  Values values;
  for (std::size_t i = 0; i < n_value(); ++i) {
    const float re = normal(random);
    values.data.emplace_back(re, normal(random));
  }
  values.flag.assign(n_value(), 0);
  values.samples.assign(n_value(), 96);
  return values;
}

inline void write_rows(const hdf5::File& file) {
  std::vector<std::int64_t> first, second;
  for (int t = 0; t < kTimes; ++t)
    for (const auto& [i, j] : pairs()) {
      first.push_back(i);
      second.push_back(j);
    }
  const hdf5::Shape rows = {first.size()};
  file.write_array("Header/ant_1_array", first, rows);
  file.write_array("Header/ant_2_array", second, rows);
  file.write_array("Header/antenna_positions",
                   std::vector<double>{0, 0, 0, 100, 0, 0, 0, 250, 10, -80, 30, 400}, {4, 3});
}

inline void write_file(const std::string& path, int subband, const Values& values) {
  contimg::made::File file;
  file.subband = subband;
  file.n_time = kTimes;
  file.n_antenna = file.n_station = kAntennas;
  file.n_channel = kChannels;
  file.leave_out = {"Header/ant_1_array", "Header/ant_2_array", "Header/antenna_positions",
                    "Data/visdata",       "Data/flags",         "Data/nsamples"};
  file.extra = [&](const hdf5::File& out) {
    write_rows(out);
    const hdf5::Shape shape = {pairs().size() * kTimes, 1, kChannels, kPolarizations};
    const hdf5::Shape chunk = {16, 1, 3, 1};
    const hdf5::Handle pair = hdf5::complex64_type(), boolean = hdf5::boolean_type();
    out.create_dataset("Data/visdata", pair.get(), shape, chunk)
        .write(pair.get(), values.data.data());
    out.create_dataset("Data/flags", boolean.get(), shape, chunk)
        .write(boolean.get(), values.flag.data());
    out.write_array("Data/nsamples", values.samples, shape, chunk);
  };
  file.write(path);
}

/// Writes one file for each of `values`, subband 0 first.
inline Group write_group(const contimg::made::Folder& folder, const std::vector<Values>& values) {
  Group group;
  group.group_id = kGroupId;
  for (std::size_t i = 0; i < values.size(); ++i) {
    group.files.push_back(
        folder.file(std::string(kGroupId) + "_sb0" + std::to_string(i) + ".hdf5"));
    write_file(group.files.back(), static_cast<int>(i), values[i]);
  }
  return group;
}

}  // namespace contimg::convert::made
