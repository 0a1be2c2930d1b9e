// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/injector.h"

#include "astro/primary_beam.h"
#include "astro/sinc.h"
#include "fits/wcs.h"
#include "image/averaging.h"
#include "image/smearing.h"
#include "known_sky.h"
#include "ms/reader.h"

namespace contimg::image {
namespace {

/// The source of KnownSky, put into data that have none.
class InjectorTest : public KnownSky {
 protected:
  InjectorTest() {
    settings_.field_radius_rad = 0.03;
    settings_.allow_uncalibrated = true;
    settings_.max_smearing = 0;  // every sample by itself
  }

  void drift() {
    for (int t = 0; t < 12; ++t)
      set_.pointings.push_back(
          {start_mjd_s_ + kInterval_s * (t + 0.5),
           kInterval_s,
           {centre_.ra_rad + astro::kEarthRotationRate * kInterval_s * (t - 5.5),
            centre_.dec_rad}});
  }

  skymodel::Component source_of(double flux_jy) const {
    const fits::Wcs wcs = fits::Wcs::orthographic(centre_, 2, 2, 1e-6);
    skymodel::Component component;
    component.position = *wcs.direction_at({1 - l_ / 1e-6, 1 + m_ / 1e-6});
    component.flux_jy = flux_jy;
    return component;
  }

  // Of 1 Jy in the row's channel as the correlator would have it.
  std::complex<double> seen(std::size_t row, std::size_t channel) const {
    const double f = set_.spectral_windows[0].frequency_hz[channel];
    const astro::Direction pointing = set_.pointings[row / kBaselines].direction;
    const astro::Direction place = source_of(1).position;
    const double beam = astro::airy_power(astro::separation_rad(pointing, place), f, 4.65);
    // What the correlator stopped: the pointing's (l, m).
    const double turn = pointing.ra_rad - centre_.ra_rad;
    const double stopped_l = std::cos(pointing.dec_rad) * std::sin(turn);
    const double stopped_m =
        std::sin(pointing.dec_rad) * std::cos(centre_.dec_rad) -
        std::cos(pointing.dec_rad) * std::sin(centre_.dec_rad) * std::cos(turn);
    const astro::Vector3 rate = uvw_rate_m_s(uvw(row), centre_.dec_rad);
    const double own = delay_s(uvw(row), l_, m_) - delay_s(uvw(row), stopped_l, stopped_m);
    const double turning = delay_s(rate, l_, m_) - delay_s(rate, stopped_l, stopped_m);
    return beam * astro::sinc(astro::kPi * 244140.625 * own) *
           astro::sinc(astro::kPi * f * kInterval_s * turning) * source(uvw(row), f);
  }

  AveragingSettings settings_;
};

TEST_F(InjectorTest, AVisibilityIsWhatTheSkyWouldHaveAdded) {
  drift();
  observe();
  for (auto& value : data_) value = {3, -1};
  write();
  const ms::Reader reader(path_);
  const SetLayout layout = layout_of(reader);
  Injector injector(layout, {0, 1}, {source_of(0.5)}, "", 2);
  ms::CorrectedRows rows;
  const std::size_t first =
      10 * kBaselines + 5;  // a block that begins and ends within integrations
  rows.first_row = first;
  rows.n_row = 40;
  rows.corrected = {data_.data() + first * 96, 40 * 96};
  const ms::CorrectedRows with = injector.with_sources(rows);
  ASSERT_EQ(with.corrected.size(), 40u * 96);
  double worst = 0;
  for (std::size_t i = 0; i < 40; ++i)
    for (std::size_t c = 0; c < 48; ++c)
      for (std::size_t hand = 0; hand < 2; ++hand) {
        const std::complex<double> added =
            std::complex<double>(with.corrected[(i * 48 + c) * 2 + hand]) -
            std::complex<double>(3, -1);
        worst = std::max(worst, std::abs(added - 0.5 * seen(first + i, c)));
      }
  // Aberration changes (l, m) by 1e-4, some hundredths of a turn here, of 0.25 Jy behind the beam.
  // tests/cli/injection.bats holds the exact values to a simulated observation.
  EXPECT_LT(worst, 0.01);
}

TEST_F(InjectorTest, AnAverageHasTheSourceAndTheSetHasNot) {
  drift();
  observe();
  for (auto& value : data_) value = {1e-3F, 0};
  write();
  settings_.max_smearing = 0.01;
  settings_.injected = {source_of(2)};
  const ImagingSets sets = average_for_imaging(path_, out_, settings_);
  std::complex<double> sum = 0;
  double weight = 0;
  for (const ImagingSet& set : sets.sets) {
    const ms::Reader reader(set.path);
    const ms::Rows rows = reader.rows(0, reader.n_row());
    const std::size_t n = set.frequency_hz.size();
    for (std::size_t row = 0; row < set.rows.size(); ++row)
      for (std::size_t c = 0; c < n; ++c) {
        const auto w = static_cast<double>(set.weight[row * n + c]);
        sum += w * std::complex<double>(rows.data[row * n + c]) *
               std::conj(source(set.rows[row].uvw_m, set.frequency_hz[c]));
        weight += w;
      }
  }
  std::complex<double> expected = 0;
  for (std::size_t row = 0; row < keys_.time_mjd_s.size(); ++row)
    for (std::size_t c = 0; c < 48; ++c)
      expected += 2.0 * seen(row, c) *
                  std::conj(source(uvw(row), set_.spectral_windows[0].frequency_hz[c]));
  expected /= static_cast<double>(keys_.time_mjd_s.size() * 48);
  EXPECT_NEAR(sum.real() / weight, expected.real(), 0.01 * expected.real() + 2e-3);
  const ms::Reader reader(path_);
  const ms::Rows rows = reader.rows(0, 1);
  EXPECT_EQ(rows.data[0], std::complex<float>(1e-3F, 0));
}

}  // namespace
}  // namespace contimg::image
