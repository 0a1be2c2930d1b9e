// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <boost/filesystem.hpp>
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "astro/array_geometry.h"
#include "astro/constants.h"
#include "image/smearing.h"
#include "ms/writer.h"

namespace contimg::image {

namespace fs = boost::filesystem;

/// A small drift group with one source of 1 Jy, as its samples are before any smearing: each test
/// changes what it needs and writes it.
class KnownSky : public ::testing::Test {
 protected:
  static constexpr std::size_t kAntennas = 8, kBaselines = 28;

  void SetUp() override {
    fs::create_directories(folder_ + "/out");
    describe(48);
    place_rows();
  }
  void TearDown() override { fs::remove_all(folder_); }

  void describe(std::size_t n_channel) {
    const astro::Vector3 site_m = astro::ecef_from_site(site_);
    const double east[] = {0, 30, 150, 420, 900, 1500, -700, -1100};
    const double north[] = {0, 80, -60, 10, -300, 700, 400, -900};
    const double h = site_.longitude_rad, p = site_.latitude_rad;
    set_ = {};
    for (std::size_t a = 0; a < kAntennas; ++a) {
      const astro::Vector3 offset = {-std::sin(h) * east[a] - std::sin(p) * std::cos(h) * north[a],
                                     std::cos(h) * east[a] - std::sin(p) * std::sin(h) * north[a],
                                     std::cos(p) * north[a]};
      set_.antennas.push_back(
          {"A" + std::to_string(a),
           {site_m[0] + offset[0], site_m[1] + offset[1], site_m[2] + offset[2]},
           4.65});
    }
    ms::SpectralWindow band{"band", {}, {}};
    for (std::size_t c = 0; c < n_channel; ++c) {
      band.frequency_hz.push_back(1.40e9 + 244140.625 * static_cast<double>(c));
      band.width_hz.push_back(244140.625);
    }
    set_.telescope_name = "TEST";
    set_.spectral_windows = {band};
    set_.correlations = {9, 12};
    set_.fields = {{"here", centre_, start_mjd_s_}};
    set_.first_time_mjd_s = start_mjd_s_;
    set_.last_time_mjd_s = start_mjd_s_ + 12 * kInterval_s;
    set_.provenance = {"made by a test"};
  }

  /// Rows of 12 integrations with true (u, v, w).
  void place_rows(const std::vector<int>& integrations = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}) {
    const astro::EarthOrientation earth = astro::EarthOrientation::built_in();
    std::vector<astro::Vector3> positions_m;
    for (const ms::Antenna& antenna : set_.antennas) positions_m.push_back(antenna.position_m);
    keys_ = {};
    for (const int i : integrations) {
      const double time_mjd_s = start_mjd_s_ + kInterval_s * (i + 0.5);
      const astro::UvwFrame axes =
          astro::uvw_frame(astro::ApparentFrame(time_mjd_s, site_, earth), centre_);
      const std::vector<astro::Vector3> r = astro::project(axes, positions_m);
      for (std::size_t p = 0; p < kAntennas; ++p)
        for (std::size_t q = p + 1; q < kAntennas; ++q) {
          keys_.time_mjd_s.push_back(time_mjd_s);
          keys_.integration_time_s.push_back(kInterval_s);
          keys_.antenna1.push_back(static_cast<std::int32_t>(p));
          keys_.antenna2.push_back(static_cast<std::int32_t>(q));
          for (auto* zero : {&keys_.data_description, &keys_.field, &keys_.scan})
            zero->push_back(0);
          for (std::size_t axis = 0; axis < 3; ++axis)
            keys_.uvw_m.push_back(r[p][axis] - r[q][axis]);
        }
    }
  }

  std::complex<double> source(const astro::Vector3& uvw_m, double frequency_hz) const {
    return std::polar(1.0, 2 * astro::kPi * frequency_hz * delay_s(uvw_m, l_, m_));
  }
  astro::Vector3 uvw(std::size_t row) const {
    return {keys_.uvw_m[3 * row], keys_.uvw_m[3 * row + 1], keys_.uvw_m[3 * row + 2]};
  }

  /// Fills data of 1 Jy in both hands, weights 4, nothing flagged.
  void observe() {
    const std::size_t n_row = keys_.time_mjd_s.size();
    const std::size_t n_correlation = set_.correlations.size();
    data_.clear();
    for (std::size_t row = 0; row < n_row; ++row)
      for (const double f :
           set_.spectral_windows[static_cast<std::size_t>(keys_.data_description[row])]
               .frequency_hz)
        data_.insert(data_.end(), n_correlation, std::complex<float>(source(uvw(row), f)));
    flag_ = std::make_unique<bool[]>(data_.size());
    weight_.assign(n_row * n_correlation, 4);
    spectrum_.clear();
  }

  void write() {
    fs::remove_all(path_);
    const std::size_t n_row = keys_.time_mjd_s.size();
    const std::unique_ptr<bool[]> flag_row = std::make_unique<bool[]>(n_row);
    ms::Writer writer = ms::Writer::create(path_, set_, keys_);
    const ms::RowBlock block{
        0, n_row, data_, {flag_.get(), data_.size()}, weight_, {flag_row.get(), n_row}};
    writer.put(block);
    if (!spectrum_.empty()) writer.put_weight_spectrum(block, spectrum_);
    writer.flush();
  }

  static constexpr double kInterval_s = 12.885;
  const astro::Site site_{-118.2817 * astro::kDegree, 37.2339 * astro::kDegree, 1222};
  const astro::Direction centre_{1.5, 0.6};
  const double start_mjd_s_ = 61065.9 * 86400;
  double l_ = 0.01, m_ = -0.02;
  std::string folder_ =
      ((fs::is_directory("/dev/shm") ? fs::path("/dev/shm") : fs::temp_directory_path()) /
       fs::unique_path("averaging-%%%%%%%%"))
          .string();
  std::string path_ = folder_ + "/x.ms", out_ = folder_ + "/out";
  ms::Description set_;
  ms::RowKeys keys_;
  std::vector<std::complex<float>> data_;
  std::unique_ptr<bool[]> flag_;
  std::vector<float> weight_, spectrum_;
};

}  // namespace contimg::image
