// SPDX-License-Identifier: GPL-3.0-or-later
#include "skymodel/prediction.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

#include "astro/array_geometry.h"
#include "astro/constants.h"
#include "astro/primary_beam.h"

namespace contimg::skymodel {
namespace {

using Complex = std::complex<double>;

constexpr double kTime_mjd_s = 61065.9 * 86400;
constexpr double kDish_m = 4.65;
const astro::Site kSite{-118.2817 * astro::kDegree, 37.2339 * astro::kDegree, 1222};
const astro::Direction kCentre{1.5, 0.28};

astro::ApparentFrame frame_at(double time_mjd_s) {
  static std::map<double, astro::ApparentFrame> made;  // each costs a millisecond
  auto found = made.find(time_mjd_s);
  if (found == made.end())
    found = made.emplace(time_mjd_s, astro::ApparentFrame(time_mjd_s, kSite,
                                                          astro::EarthOrientation::built_in()))
                .first;
  return found->second;
}

std::vector<Component> random_sky(std::size_t n) {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> offset(-0.03, 0.03), flux_jy(0.1, 1);
  std::vector<Component> sky(n);
  for (Component& source : sky) {
    source.position = {kCentre.ra_rad + offset(random), kCentre.dec_rad + offset(random)};
    source.flux_jy = flux_jy(random);
    source.spectral_index = -0.7;
  }
  return sky;
}

std::vector<astro::Vector3> random_uvw(std::size_t n) {
  std::mt19937 random(4);
  std::uniform_real_distribution<double> length_m(-2600, 2600);
  std::vector<astro::Vector3> uvw(n);
  for (auto& one : uvw) one = {length_m(random), length_m(random), 0.1 * length_m(random)};
  return uvw;
}

std::vector<double> band(std::size_t n_channel) {
  std::vector<double> frequency_hz;
  for (std::size_t k = 0; k < n_channel; ++k)
    frequency_hz.push_back(1311.25e6 +
                           187.5e6 / static_cast<double>(n_channel) * static_cast<double>(k));
  return frequency_hz;
}

/// The equation of docs/conventions.md, section 4, in double; averages are sums of samples.
Complex direct(const std::vector<Component>& sky, const astro::Vector3& uvw_m, double frequency_hz,
               const astro::Direction& pointing, double integration_s, double width_hz) {
  const astro::UvwFrame axes = astro::uvw_frame(frame_at(kTime_mjd_s), kCentre);
  astro::Vector3 baseline_m{};
  for (std::size_t i = 0; i < 3; ++i)
    baseline_m[i] = uvw_m[0] * axes.u[i] + uvw_m[1] * axes.v[i] + uvw_m[2] * axes.w[i];
  const int n_sample = integration_s > 0 || width_hz > 0 ? 41 : 1;
  const double weight = 1.0 / n_sample;
  Complex sum = 0;
  for (const Component& source : sky) {
    const double flux =
        flux_density_jy(source, frequency_hz) *
        astro::airy_power(astro::separation_rad(pointing, source.position), frequency_hz, kDish_m);
    const auto middle = frame_at(kTime_mjd_s);
    const double to_source = astro::dot(baseline_m, middle.itrf_from_icrs(source.position));
    const double to_pointing = astro::dot(baseline_m, middle.itrf_from_icrs(pointing));
    const double to_centre = astro::dot(baseline_m, axes.w);
    Complex mean_time = 0, mean_band = 0;
    for (int i = 0; i < n_sample; ++i) {
      const double part = (i + 0.5) * weight - 0.5;
      double path_m = to_source - to_pointing;
      mean_band += weight * std::polar(1.0, 2 * astro::kPi * part * width_hz * path_m /
                                                astro::kSpeedOfLight);
      if (integration_s > 0) {
        const auto then = frame_at(kTime_mjd_s + part * integration_s);
        path_m = astro::dot(baseline_m, then.itrf_from_icrs(source.position)) -
                 astro::dot(baseline_m, then.itrf_from_icrs(pointing)) - path_m;
      } else {
        path_m = 0;
      }
      mean_time +=
          weight * std::polar(1.0, 2 * astro::kPi * frequency_hz * path_m / astro::kSpeedOfLight);
    }
    sum += flux * mean_time * mean_band *
           std::polar(
               1.0, 2 * astro::kPi * frequency_hz * (to_source - to_centre) / astro::kSpeedOfLight);
  }
  return sum;
}

double worst_difference(const std::vector<Component>& sky, const std::vector<double>& frequency_hz,
                        std::size_t n_baseline, double integration_s, double width_hz) {
  const astro::ApparentFrame apparent = frame_at(kTime_mjd_s);
  const astro::Direction pointing{kCentre.ra_rad + 0.01, kCentre.dec_rad - 0.005};
  Predictor predictor(sky, kCentre, frequency_hz, {kDish_m, integration_s, width_hz});
  predictor.begin_integration(apparent, pointing);
  const auto uvw = random_uvw(n_baseline);
  std::vector<std::complex<float>> out(n_baseline * frequency_hz.size());
  predictor.predict(uvw, out);
  double worst = 0;
  for (std::size_t b = 0; b < n_baseline; ++b)
    for (std::size_t k = 0; k < frequency_hz.size(); k += 7)
      worst = std::max(
          worst, std::abs(Complex(out[b * frequency_hz.size() + k]) -
                          direct(sky, uvw[b], frequency_hz[k], pointing, integration_s, width_hz)));
  return worst;
}

TEST(Prediction, OfASourceAtThePhaseCentreIsItsFluxDensityOnEveryBaseline) {
  Component source;
  source.position = kCentre;
  source.flux_jy = 2;
  Predictor predictor({source}, kCentre, band(20), {0, 0, 0});
  predictor.begin_integration(frame_at(kTime_mjd_s), kCentre);
  std::vector<std::complex<float>> out(5 * 20);
  predictor.predict(random_uvw(5), out);
  for (const auto& value : out) EXPECT_LT(std::abs(value - 2.0F), 1e-5);
}

TEST(Prediction, HasThePhaseSignOfTheConventions) {
  // East of the centre by l on an eastward baseline (u > 0 for ANTENNA1 east of ANTENNA2): positive.
  Component source;
  source.position = {kCentre.ra_rad + 1e-4 / std::cos(kCentre.dec_rad), kCentre.dec_rad};
  source.flux_jy = 1;
  Predictor predictor({source}, kCentre, {1.4e9}, {0, 0, 0});
  predictor.begin_integration(frame_at(kTime_mjd_s), kCentre);
  std::vector<std::complex<float>> out(1);
  predictor.predict(std::vector<astro::Vector3>{{100, 0, 0}}, out);
  // 2 pi x 100 m x 1e-4 / 0.2141 m, to the 1e-4 by which aberration scales the sky.
  EXPECT_NEAR(std::arg(out[0]), 2 * astro::kPi * 100 * 1e-4 * 1.4e9 / astro::kSpeedOfLight, 5e-5);
}

TEST(Prediction, IsTheDirectSumToAHundredThousandth) {
  EXPECT_LT(worst_difference(random_sky(20), band(768), 12, 0, 0), 1e-5 * 20);
  EXPECT_LT(worst_difference(random_sky(3), band(7), 12, 0, 0), 1e-5 * 3);
}

TEST(Prediction, TakesUnevenChannelsToo) {
  std::vector<double> frequency_hz = band(21);
  frequency_hz[20] += 1e6;
  EXPECT_LT(worst_difference(random_sky(3), frequency_hz, 12, 12.885, 0), 1e-5 * 3);
}

TEST(Prediction, LosesWhatAveragingOverTimeAndChannelLoses) {
  // 41 samples leave x^2 / (6 x 41^2) of the mean, x < 0.5: 2.5e-5.
  EXPECT_LT(worst_difference(random_sky(5), band(48), 8, 12.885, 0), 5e-5 * 5);
  EXPECT_LT(worst_difference(random_sky(5), band(48), 8, 0, 244140.625), 5e-5 * 5);
}

}  // namespace
}  // namespace contimg::skymodel
