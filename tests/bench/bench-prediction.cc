// SPDX-License-Identifier: GPL-3.0-or-later
// bench-prediction [COMPONENTS]: measures the prediction of one full-size integration (4656
// baselines, 768 channels) on one thread. Prints components x visibilities per second, the best of
// five.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "astro/array_geometry.h"
#include "astro/constants.h"
#include "skymodel/prediction.h"

using namespace contimg;

int main(int argc, char** argv) {
  const std::size_t n_component = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 30;
  const std::size_t n_baseline = 4656, n_channel = 768;
  std::mt19937 random(1);
  std::uniform_real_distribution<double> offset(-1.5 * astro::kDegree, 1.5 * astro::kDegree);
  std::uniform_real_distribution<double> length_m(-1300, 1300);
  const astro::Direction centre{1.0, 0.3};
  std::vector<skymodel::Component> sky(n_component);
  for (auto& source : sky) {
    source.position = {centre.ra_rad + offset(random), centre.dec_rad + offset(random)};
    source.flux_jy = 1;
  }
  std::vector<double> frequency_hz(n_channel);
  for (std::size_t k = 0; k < n_channel; ++k)
    frequency_hz[k] = 1311.25e6 + 244140.625 * static_cast<double>(k);
  std::vector<astro::Vector3> uvw_m(n_baseline);
  for (auto& uvw : uvw_m) uvw = {length_m(random), length_m(random), 0.1 * length_m(random)};
  std::vector<std::complex<float>> out(n_baseline * n_channel);

  const astro::Site site{-118.2817 * astro::kDegree, 37.2339 * astro::kDegree, 1222};
  const astro::ApparentFrame apparent(61065.9 * 86400, site, astro::EarthOrientation::built_in());
  skymodel::Predictor predictor(sky, centre, frequency_hz, {4.65, 12.885, 0});
  predictor.begin_integration(apparent, centre);
  double best_s = 1e9;
  for (int run = 0; run < 5; ++run) {
    const auto began = std::chrono::steady_clock::now();
    predictor.predict(uvw_m, out);
    best_s = std::min(
        best_s, std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
  }
  const double terms = static_cast<double>(n_component) * static_cast<double>(out.size());
  std::printf("%zu components x %zu visibilities: %.3f s, %.2e components x visibilities / s\n",
              n_component, out.size(), best_s, terms / best_s);
  return 0;
}
