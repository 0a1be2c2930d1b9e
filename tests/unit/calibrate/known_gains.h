// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <boost/filesystem.hpp>
#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "caltable/writer.h"
#include "ms/writer.h"

namespace contimg::calibrate {

namespace fs = boost::filesystem;

/// Sets are made durable many times here, which a disk would take seconds for.
inline fs::path memory() {
  return fs::is_directory("/dev/shm") ? fs::path("/dev/shm") : fs::temp_directory_path();
}

constexpr std::size_t kAntennas = 5, kTimes = 3, kChannels = 8, kRows = 10 * kTimes;
constexpr std::size_t kCell = kChannels * 2, kValues = kRows * kCell;
constexpr double kStart = 5.2e9, kStep = 10;

/// Delays, a bandpass and gains of all antennas; V = g_p M conj(g_q) with M = 3 - 4i Jy.
class KnownGains : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_);
    describe();
    make_tables();
    observe(false);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void describe() {
    set_.telescope_name = "DSA_110";
    set_.first_time_mjd_s = kStart;
    set_.last_time_mjd_s = kStart + kStep * kTimes;
    for (std::size_t a = 0; a < kAntennas; ++a)
      set_.antennas.push_back(
          {"A" + std::to_string(a), {-2.4e6 + 10.0 * static_cast<double>(a), -4.4e6, 3.8e6}, 4.65});
    ms::SpectralWindow band{"band", {}, {}};
    for (std::size_t c = 0; c < kChannels; ++c) {
      band.frequency_hz.push_back(1.3e9 + 1e7 * static_cast<double>(c));
      band.width_hz.push_back(1e7);
    }
    set_.spectral_windows = {band};
    set_.correlations = {9, 12};
    set_.fields = {{"here", {1.25, 0.5}, kStart}};
    set_.provenance = {"made by a test"};
  }

  caltable::CalTable table(caltable::Kind kind) {
    caltable::CalTable t{kind, "x.ms", set_, {}, {}};
    if (kind != caltable::Kind::bandpass)
      t.description.spectral_windows[0] = caltable::whole_band(set_.spectral_windows[0]);
    caltable::Solutions s = caltable::flagged_solutions(
        kind, kAntennas, t.description.spectral_windows[0].frequency_hz.size());
    s.time_mjd_s = kStart + 15;
    s.interval_s = 30;
    std::fill(s.flagged.begin(), s.flagged.end(), 0);
    for (float& delay_ns : s.delay_ns) delay_ns = static_cast<float>(3 * normal_(random_));
    for (auto& g : s.gain)
      g = std::complex<float>(std::polar(std::exp(0.2 * normal_(random_)), normal_(random_)));
    t.solutions = {s};
    return t;
  }

  void make_tables() {
    known_ = {table(caltable::Kind::delay), table(caltable::Kind::bandpass),
              table(caltable::Kind::gain)};
    write_tables();
  }
  void write_tables() {
    for (std::size_t i = 0; i < 3; ++i) write(i);
  }
  void write(std::size_t i) {
    caltable::write_caltable(tables_[i], known_[i], this_process(0), true);
  }

  // By the equations of docs/conventions.md section 8.
  std::complex<double> gain(std::size_t antenna, std::size_t channel, std::size_t receptor) const {
    const std::size_t at = antenna * 2 + receptor;
    const double delay_s = 1e-9 * static_cast<double>(known_[0].solutions[0].delay_ns[at]);
    const double reference_hz =
        known_[0].description.spectral_windows[0].frequency_hz[0];  // as tables without one have it
    const double offset_hz = set_.spectral_windows[0].frequency_hz[channel] - reference_hz;
    return std::polar(1.0, 2 * M_PI * delay_s * offset_hz) *
           std::complex<double>(
               known_[1].solutions[0].gain[(antenna * kChannels + channel) * 2 + receptor]) *
           std::complex<double>(known_[2].solutions[0].gain[at]);
  }

  void observe(bool with_spectrum) {
    fs::remove_all(path_);
    keys_ = {};
    data_.clear();
    for (std::size_t t = 0; t < kTimes; ++t)
      for (int p = 0; p < 5; ++p)
        for (int q = p + 1; q < 5; ++q) {
          keys_.time_mjd_s.push_back(kStart + 5 + kStep * static_cast<double>(t));
          keys_.integration_time_s.push_back(kStep);
          keys_.antenna1.push_back(p);
          keys_.antenna2.push_back(q);
          for (auto* zero : {&keys_.data_description, &keys_.field, &keys_.scan})
            zero->push_back(0);
          keys_.uvw_m.insert(keys_.uvw_m.end(), {10.0 * (p - q), 0, 0});
          for (std::size_t c = 0; c < kChannels; ++c)
            for (std::size_t r = 0; r < 2; ++r)
              data_.push_back(std::complex<float>(
                  gain(static_cast<std::size_t>(p), c, r) * std::complex<double>(3, -4) *
                  std::conj(gain(static_cast<std::size_t>(q), c, r))));
        }
    const std::vector<float> weight(kRows * 2, 4);
    const std::unique_ptr<bool[]> flag = std::make_unique<bool[]>(kValues);
    const std::unique_ptr<bool[]> flag_row = std::make_unique<bool[]>(kRows);
    flag[7] = true;
    ms::Writer writer = ms::Writer::create(path_, set_, keys_);
    const ms::RowBlock block{
        0, kRows, data_, {flag.get(), kValues}, weight, {flag_row.get(), kRows}};
    writer.put(block);
    if (with_spectrum) {
      std::vector<float> spectrum(kValues, 4);
      for (std::size_t i = 0; i < kValues; i += 3) spectrum[i] = 1;
      writer.put_weight_spectrum(block, spectrum);
    }
    writer.flush();
  }

  std::mt19937 random_{7};
  std::normal_distribution<double> normal_;
  std::string folder_ = (memory() / fs::unique_path("apply-%%%%%%%%")).string();
  std::string path_ = folder_ + "/x.ms";
  std::vector<std::string> tables_{folder_ + "/x.K", folder_ + "/x.B", folder_ + "/x.G"};
  std::vector<caltable::CalTable> known_;
  ms::Description set_;
  ms::RowKeys keys_;
  std::vector<std::complex<float>> data_;
};

}  // namespace contimg::calibrate
