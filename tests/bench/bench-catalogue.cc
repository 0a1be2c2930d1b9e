// SPDX-License-Identifier: GPL-3.0-or-later
// bench-catalogue DIR [SOURCES] [LIMIT_MS]: makes a catalogue of two million sources all over the
// sky and measures cone searches in it. Ends with 1 when the median of cones of 3.5 degrees, the
// field with the beam's first null, takes LIMIT_MS (5) or more.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>

#include "astro/constants.h"
#include "skymodel/catalogue_writer.h"

namespace {

using namespace contimg;
using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point began) {
  return std::chrono::duration<double, std::milli>(Clock::now() - began).count();
}

astro::Direction anywhere(std::mt19937_64& random) {
  std::uniform_real_distribution<double> unit(0, 1);
  return {2 * astro::kPi * unit(random), std::asin(2 * unit(random) - 1)};
}

void make(const std::string& path, std::size_t n) {
  std::mt19937_64 random(7);
  std::exponential_distribution<double> flux_jy(20.0);
  std::vector<skymodel::NewSource> sources(n);
  for (std::size_t i = 0; i < n; ++i) {
    skymodel::CatalogueSource& source = sources[i].source;
    source.name = "S" + std::to_string(i);
    source.position = anywhere(random);
    source.fluxes.push_back({"S1.4", 1.4e9, 0.002 + flux_jy(random), 0.001, ""});
  }
  skymodel::write_catalogue(path, sources, {}, true);
}

double median_ms(skymodel::Catalogue& catalogue, double radius_deg, double minimum_jy) {
  std::mt19937_64 random(11);
  std::vector<double> took_ms;
  std::size_t found = 0;
  for (int i = 0; i < 201; ++i) {
    skymodel::Cone cone;
    cone.centre = anywhere(random);
    cone.radius_rad = radius_deg * astro::kDegree;
    cone.minimum_flux_jy = minimum_jy;
    cone.order = skymodel::ConeOrder::flux;
    const auto began = Clock::now();
    found += catalogue.cone(cone).size();
    took_ms.push_back(ms_since(began));
  }
  std::sort(took_ms.begin(), took_ms.end());
  std::printf("cone of %.1f deg above %g Jy: median %.2f ms, worst %.2f ms, %zu sources each\n",
              radius_deg, minimum_jy, took_ms[100], took_ms[200], found / 201);
  return took_ms[100];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "bench-catalogue DIR [SOURCES] [LIMIT_MS]\n";
    return 2;
  }
  const std::string path = std::string(argv[1]) + "/bench-catalogue.sqlite3";
  const std::size_t n = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 2000000;
  const double limit_ms = argc > 3 ? std::strtod(argv[3], nullptr) : 5;
  auto began = Clock::now();
  make(path, n);
  std::printf("made %zu sources in %.1f s, %.0f MB\n", n, ms_since(began) / 1e3,
              static_cast<double>(std::filesystem::file_size(path)) / 1e6);
  began = Clock::now();
  skymodel::Catalogue catalogue(path);
  std::printf("opened in %.2f ms\n", ms_since(began));
  median_ms(catalogue, 0.1, 0);
  median_ms(catalogue, 1.5, 0);
  const double field_ms = median_ms(catalogue, 3.5, 0);
  median_ms(catalogue, 3.5, 0.1);
  began = Clock::now();
  catalogue.find("s1234");
  std::printf("name found in %.2f ms\n", ms_since(began));
  std::filesystem::remove(path);
  return field_ms < limit_ms ? 0 : 1;
}
