// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <unistd.h>

#include <complex>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/hdf5.h"

/// Subband files for tests, written dataset by dataset as spec 1.2 lists them, with nothing of the
/// project's own writer, so that reader and writer cannot share a mistake.
namespace contimg::made {

/// A folder that goes away with the test.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "contimg-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

struct File {
  int subband = 3;
  int n_time = 4, n_antenna = 5, n_station = 7, n_channel = 8, n_polarization = 2;
  double first_jd = 2461066.435;  ///< 2026-01-25T22:26:24, mid of the first integration.
  double integration_s = 12.884902000427246;
  double dec_rad = 0.28;
  double frequency_offset_hz = 0;
  bool three_axes = false;             ///< As pyuvdata writes: [row, channel, polarisation].
  std::vector<std::string> leave_out;  ///< Datasets that are not written.
  std::function<void(const hdf5::File&)> extra = {};  ///< Writes more of them.

  hsize_t n_baseline() const { return static_cast<hsize_t>(n_antenna * (n_antenna + 1) / 2); }
  hsize_t n_row() const { return n_baseline() * static_cast<hsize_t>(n_time); }
  double channel_width_hz() const { return 11.71875e6 / n_channel; }
  /// Spec 1.6: the band's upper edge is 1498.7652587890625 MHz, subbands of 11.71875 MHz go down.
  double frequency_hz(int channel) const {
    return 1498.7652587890625e6 - subband * 11.71875e6 - (channel + 0.5) * channel_width_hz() +
           frequency_offset_hz;
  }

  bool wanted(const std::string& name) const {
    for (const std::string& each : leave_out)
      if (each == name) return false;
    return true;
  }

  void number(const hdf5::File& file, const char* name, double value) const {
    if (wanted(name)) file.write_scalar(name, value);
  }
  void count(const hdf5::File& file, const char* name, std::int64_t value) const {
    if (wanted(name)) file.write_scalar(name, value);
  }
  void text(const hdf5::File& file, const char* name, const char* value) const {
    if (wanted(name)) file.write_fixed_string(name, value);
  }
  template <typename T>
  void array(const hdf5::File& file, const char* name, const std::vector<T>& values,
             const hdf5::Shape& shape) const {
    if (wanted(name)) file.write_array(name, values, shape);
  }

  void write_header(const hdf5::File& file) const {
    file.create_group("Header/extra_keywords");
    number(file, "Header/latitude", 37.2334);
    number(file, "Header/longitude", -118.2829);
    number(file, "Header/altitude", 1188.0);
    text(file, "Header/telescope_name", "OVRO_MMA");
    text(file, "Header/object_name", "search");
    text(file, "Header/phase_type", "drift");
    number(file, "Header/phase_center_app_dec", dec_rad);
    count(file, "Header/Nants_data", n_antenna);
    count(file, "Header/Nants_telescope", n_station);
    count(file, "Header/Nbls", static_cast<std::int64_t>(n_baseline()));
    count(file, "Header/Nblts", static_cast<std::int64_t>(n_row()));
    count(file, "Header/Ntimes", n_time);
    count(file, "Header/Nfreqs", n_channel);
    count(file, "Header/Npols", n_polarization);
    count(file, "Header/Nspws", 1);
    number(file, "Header/channel_width", channel_width_hz());
  }

  void write_arrays(const hdf5::File& file) const {
    const auto stations = static_cast<hsize_t>(n_station);
    std::vector<double> frequencies, times;
    for (int channel = 0; channel < n_channel; ++channel)
      frequencies.push_back(frequency_hz(channel));
    for (hsize_t row = 0; row < n_row(); ++row)
      times.push_back(first_jd + static_cast<double>(row / n_baseline()) * integration_s / 86400);
    std::vector<std::int64_t> numbers, codes;
    for (int i = 0; i < n_station; ++i) numbers.push_back(i);
    for (int i = 0; i < n_polarization; ++i) codes.push_back(-5 - i);
    array(file, "Header/freq_array", frequencies, {1, frequencies.size()});
    array(file, "Header/time_array", times, {times.size()});
    array(file, "Header/integration_time", std::vector<double>(n_row(), integration_s), {n_row()});
    array(file, "Header/ant_1_array", std::vector<std::int64_t>(n_row(), 0), {n_row()});
    array(file, "Header/ant_2_array", std::vector<std::int64_t>(n_row(), 1), {n_row()});
    array(file, "Header/uvw_array", std::vector<float>(3 * n_row(), 1.f), {n_row(), 3});
    array(file, "Header/antenna_numbers", numbers, {stations});
    array(file, "Header/antenna_positions", std::vector<double>(3 * stations, 10.0), {stations, 3});
    array(file, "Header/antenna_diameters", std::vector<double>(stations, 4.65), {stations});
    array(file, "Header/polarization_array", codes, {codes.size()});
    if (wanted("Header/antenna_names")) {
      const hdf5::Handle type = hdf5::fixed_string_type(4);
      std::vector<char> names(4 * stations, '\0');
      for (hsize_t i = 0; i < stations; ++i) names[4 * i] = static_cast<char>('1' + i);
      file.create_dataset("Header/antenna_names", type.get(), {stations})
          .write(type.get(), names.data());
    }
  }

  void write_data(const hdf5::File& file) const {
    const auto channels = static_cast<hsize_t>(n_channel);
    const auto polarizations = static_cast<hsize_t>(n_polarization);
    hdf5::Shape shape = {n_row(), 1, channels, polarizations};
    if (three_axes) shape = {n_row(), channels, polarizations};
    const std::size_t n = n_row() * channels * polarizations;
    file.create_group("Data");
    if (wanted("Data/visdata")) {
      const hdf5::Handle type = hdf5::complex64_type();
      const std::vector<std::complex<float>> values(n, {1.f, 2.f});
      file.create_dataset("Data/visdata", type.get(), shape).write(type.get(), values.data());
    }
    if (wanted("Data/flags")) {
      const hdf5::Handle type = hdf5::boolean_type();
      const std::vector<std::int8_t> values(n, 0);
      file.create_dataset("Data/flags", type.get(), shape).write(type.get(), values.data());
    }
    array(file, "Data/nsamples", std::vector<float>(n, 96.f), shape);
  }

  const File& write(const std::string& path) const {
    const hdf5::File file = hdf5::File::create(path);
    file.create_group("Header");
    write_header(file);
    write_arrays(file);
    write_data(file);
    if (extra) extra(file);
    return *this;
  }
};

}  // namespace contimg::made
