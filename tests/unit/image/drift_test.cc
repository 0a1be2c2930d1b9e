// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/drift.h"

#include "astro/primary_beam.h"
#include "fits/wcs.h"
#include "known_sky.h"
#include "ms/reader.h"
#include "skymodel/catalogue_writer.h"

namespace contimg::image {
namespace {

using Complex = std::complex<double>;

/// A source of 1 Jy that drifts through the beam, and a catalogue that has it.
class DriftTest : public KnownSky {
 protected:
  DriftTest() {
    settings_.field_radius_rad = std::sin(1.97 * astro::kDegree);
    settings_.allow_uncalibrated = true;
    settings_.max_smearing = 0;  // every sample by itself
    settings_.drift.catalogue = folder_ + "/sky.sqlite3";
  }

  void point(bool drifts) {
    set_.pointings.clear();
    for (int t = 0; t < 12; ++t) {
      const double turn = drifts ? astro::kEarthRotationRate * 4 * kInterval_s * (t - 5.5) : 0;
      set_.pointings.push_back({start_mjd_s_ + kInterval_s * (t + 0.5),
                                kInterval_s,
                                {centre_.ra_rad + turn, centre_.dec_rad}});
    }
  }

  astro::Direction place() const {
    const fits::Wcs wcs = fits::Wcs::orthographic(centre_, 2, 2, 1e-6);
    return *wcs.direction_at({1 - l_ / 1e-6, 1 + m_ / 1e-6});
  }

  double response(std::size_t t, std::size_t channel) const {
    return astro::airy_power(astro::separation_rad(set_.pointings[t].direction, place()),
                             set_.spectral_windows[0].frequency_hz[channel], 4.65);
  }

  void drift_past() {
    observe();
    const std::size_t n_channel = set_.spectral_windows[0].frequency_hz.size();
    for (std::size_t i = 0; i < data_.size(); ++i)
      data_[i] *= static_cast<float>(response(i / (2 * n_channel) / kBaselines, i / 2 % n_channel));
    write();
  }

  void catalogue(double flux_jy) const {
    skymodel::NewSource source;
    source.source.name = "known";
    source.source.position = place();
    source.source.fluxes = {{"L", 1.4e9, flux_jy, 0.01, ""}};
    std::vector<skymodel::NewSource> sources = {source};
    skymodel::write_catalogue(settings_.drift.catalogue, sources, {}, true);
  }

  /// Mean over time and rms about it of V times the source's conjugate phase, channel 20.
  struct Seen {
    double mean = 0, scatter = 0;
    std::size_t n_steady = 0;
  };
  Seen look() {
    fs::remove_all(out_);
    fs::create_directories(out_);
    const ImagingSets sets = average_for_imaging(path_, out_, settings_);
    EXPECT_EQ(sets.sets.size(), 1u);
    const ms::Reader set(sets.sets[0].path);
    const ms::Rows rows = set.rows(0, set.n_row());
    const double f = set_.spectral_windows[0].frequency_hz[20];
    std::vector<Complex> values;
    Seen seen;
    for (std::size_t row = 0; row < set.n_row(); ++row) {
      const Complex v(rows.data[row * 48 + 20]);
      values.push_back(v * std::conj(source(sets.sets[0].rows[row].uvw_m, f)));
      seen.mean += values.back().real() / static_cast<double>(set.n_row());
    }
    for (const Complex& value : values)
      seen.scatter += std::norm(value - seen.mean) / static_cast<double>(values.size());
    seen.scatter = std::sqrt(seen.scatter);
    seen.n_steady = sets.n_steady;
    return seen;
  }

  double mean_response() const {
    double sum = 0;
    for (std::size_t t = 0; t < 12; ++t) sum += response(t, 20) / 12;
    return sum;
  }

  AveragingSettings settings_;
};

TEST_F(DriftTest, ASourceIsAsBrightAtAllTimesAsItIsOnAverage) {
  point(true);
  drift_past();
  catalogue(1);
  const Seen steady = look();
  EXPECT_EQ(steady.n_steady, 1u);
  EXPECT_NEAR(steady.mean, mean_response(), 5e-3 * mean_response());
  settings_.drift.max_sources = 0;
  const Seen changing = look();
  EXPECT_EQ(changing.n_steady, 0u);
  EXPECT_GT(changing.scatter, 0.1);
  // What is left is what the data of this test do not have, and its drift is four times the real
  // one: smearing, aberration.
  EXPECT_LT(steady.scatter, 0.1 * changing.scatter);
}

TEST_F(DriftTest, AWrongCatalogueChangesNoFluxDensity) {
  point(true);
  drift_past();
  catalogue(1.5);
  const Seen steady = look();
  EXPECT_NEAR(steady.mean, mean_response(), 1e-2 * mean_response());
  EXPECT_GT(steady.scatter, 0.05);  // half of the change is left, upside down
}

TEST_F(DriftTest, ASourceOutsideOfTheImageIsTakenOut) {
  point(true);
  drift_past();
  catalogue(1);
  settings_.drift.image_half_width = 0.99 * std::max(std::abs(l_), std::abs(m_));
  EXPECT_NEAR(look().mean, 0, 2e-2 * mean_response());  // smearing, aberration, as above
  settings_.drift.image_half_width = 1.01 * std::max(std::abs(l_), std::abs(m_));
  EXPECT_NEAR(look().mean, mean_response(), 5e-3 * mean_response());
}

TEST_F(DriftTest, WhatStandsStillOrIsFaintIsLeftAlone) {
  point(false);
  drift_past();
  catalogue(1);
  EXPECT_EQ(look().n_steady, 0u);
  point(true);
  drift_past();
  settings_.drift.min_apparent_jy = 2;
  EXPECT_EQ(look().n_steady, 0u);
  settings_.drift.catalogue.clear();
  EXPECT_EQ(look().n_steady, 0u);
}

}  // namespace
}  // namespace contimg::image
