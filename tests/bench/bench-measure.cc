// SPDX-License-Identifier: GPL-3.0-or-later
// bench-measure DIR [SIDE] [POSITIONS]: makes a tile of SIDE x SIDE pixels (3600) with correlated
// noise, a catalogue of POSITIONS places (5000) in it, a fifth of them cleaned sources, and measures it as
// measure-sources does. Ends with 1 when forced photometry with reading takes 3 s or more, or the
// blind search 10 s or more (the project's limits), or memory exceeds 3 GB.

#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>

#include "astro/constants.h"
#include "measure/stage.h"
#include "photometry/plane.h"
#include "skymodel/catalogue_writer.h"

namespace {

using namespace contimg;
using Clock = std::chrono::steady_clock;

constexpr double kPixelRad = 3.5 * astro::kArcsec, kRmsJy = 1e-3, kLimitForced_s = 3,
                 kLimitBlind_s = 10, kLimitMemoryKb = 3e6;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// White noise, averaged over 3 neighbours twice along each axis: correlated over some 4 pixels.
void add_noise(fits::Image& image, std::mt19937_64& random) {
  std::normal_distribution<float> normal;
  for (float& v : image.pixels) v = normal(random);
  const auto smooth = [&](std::size_t step) {
    const std::vector<float> before = image.pixels;
    for (std::size_t i = step; i + step < before.size(); ++i)
      image.pixels[i] = before[i - step] + before[i] + before[i + step];
  };
  for (const std::size_t step : {std::size_t{1}, std::size_t{1}, image.n_x, image.n_x})
    smooth(step);
  double square = 0;
  for (const float v : image.pixels) square += static_cast<double>(v) * static_cast<double>(v);
  const double rms = std::sqrt(square / static_cast<double>(image.pixels.size()));
  for (float& v : image.pixels) v *= static_cast<float>(kRmsJy / rms);
}

fits::Beam beam_of_bench() { return {5 * kPixelRad, 4.2 * kPixelRad, 0.3}; }

void add_source(fits::Image& image, const fits::Beam& beam, double x, double y, double flux_jy) {
  const auto form = photometry::Ellipse{beam.major_rad / kPixelRad, beam.minor_rad / kPixelRad,
                                        beam.position_angle_rad}
                        .form();
  const auto u = static_cast<std::ptrdiff_t>(x), v = static_cast<std::ptrdiff_t>(y);
  for (std::ptrdiff_t j = v - 15; j <= v + 15; ++j)
    for (std::ptrdiff_t i = u - 15; i <= u + 15; ++i)
      image.at(static_cast<std::size_t>(i), static_cast<std::size_t>(j)) += static_cast<float>(
          flux_jy * form(static_cast<double>(i) - x, static_cast<double>(j) - y));
}

struct Tile {
  std::string image_path, catalogue_path;
};

Tile make(const std::string& folder, std::size_t side, std::size_t n_place) {
  const Tile tile = {folder + "/bench-image.fits", folder + "/bench-catalogue.sqlite3"};
  std::mt19937_64 random(5);
  fits::Image image;
  image.n_x = image.n_y = side;
  image.pixels.resize(side * side);
  image.wcs = fits::Wcs::orthographic({1, 0.3}, side, side, kPixelRad);
  image.beam = beam_of_bench();
  image.unit = "Jy/beam";
  image.frequency_hz = 1.4e9;
  image.start_mjd = 61065;
  image.duration_s = 309;
  add_noise(image, random);
  const fits::Image residual = image;
  fits::Image model = image;
  std::fill(model.pixels.begin(), model.pixels.end(), 0.0F);
  std::uniform_real_distribution<double> place(20, static_cast<double>(side) - 20);
  std::exponential_distribution<double> flux_jy(1 / 0.03);
  std::vector<skymodel::NewSource> sources;
  for (std::size_t i = 0; i < n_place; ++i) {
    const double x = std::floor(place(random)), y = std::floor(place(random));
    const double flux = i % 5 == 0 ? 0.002 + flux_jy(random) : 0;
    if (flux > 0) {
      add_source(image, beam_of_bench(), x, y, flux);
      model.at(static_cast<std::size_t>(x), static_cast<std::size_t>(y)) +=
          static_cast<float>(flux);
    }
    skymodel::NewSource source;
    source.source.name = "S" + std::to_string(i);
    source.source.position = *image.wcs.direction_at({x, y});
    source.source.fluxes.push_back({"S1.4", 1.4e9, flux > 0 ? flux : 0.001, 0.001, ""});
    sources.push_back(source);
  }
  skymodel::write_catalogue(tile.catalogue_path, sources, {}, true);
  fits::write_image(tile.image_path, image);
  fits::Image beam = image;
  beam.unit = "";
  beam.beam.reset();
  std::fill(beam.pixels.begin(), beam.pixels.end(), 0.9F);
  fits::write_image(folder + "/bench-pb.fits", beam);
  fits::write_image(folder + "/bench-residual.fits", residual);
  fits::write_image(folder + "/bench-model.fits", model);
  fits::Image dirty = beam;
  std::fill(dirty.pixels.begin(), dirty.pixels.end(), 0.0F);
  const auto middle = static_cast<double>(side / 2);
  add_source(dirty, beam_of_bench(), middle, middle, 1);
  fits::write_image(folder + "/bench-psf.fits", dirty);
  return tile;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "bench-measure DIR [SIDE] [POSITIONS]\n";
    return 2;
  }
  const std::string folder = std::string(argv[1]) + "/bench-measure";
  std::filesystem::create_directories(folder);
  const std::size_t side = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 3600;
  const std::size_t n_place = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 5000;
  auto begin = Clock::now();
  const Tile tile = make(folder, side, n_place);
  std::printf("made %zu x %zu pixels in %.1f s\n", side, side, seconds_since(begin));
  begin = Clock::now();
  const measure::TileImages images = measure::read_tile(tile.image_path);
  const double read_s = seconds_since(begin);
  measure::StageSettings settings;
  settings.measure.catalogue = tile.catalogue_path;
  settings.measurement_db = folder + "/measurements.sqlite3";
  const measure::StageReport report = measure::measure_image(tile.image_path, settings);
  const measure::MeasureTimes& t = report.times;
  const double forced_s = read_s + t.noise_s + t.forced_s;
  const double rest_s = t.total_s - forced_s - t.blind_s;
  struct rusage used = {};
  getrusage(RUSAGE_SELF, &used);
  std::printf("reading %.2f s, noise %.2f s, forced %.2f s: %zu places in %.2f s (limit %.0f)\n",
              read_s, t.noise_s, t.forced_s, n_place, forced_s, kLimitForced_s);
  std::printf("blind search %.2f s (limit %.0f), tables and database %.2f s\n", t.blind_s,
              kLimitBlind_s, rest_s);
  std::printf("all %.2f s, %zu rows, at most %.0f MB (limit %.0f)\n", t.total_s,
              report.tile.sources.size(), static_cast<double>(used.ru_maxrss) / 1e3,
              kLimitMemoryKb / 1e3);
  std::filesystem::remove_all(folder);
  return forced_s < kLimitForced_s && t.blind_s < kLimitBlind_s &&
                 static_cast<double>(used.ru_maxrss) < kLimitMemoryKb
             ? 0
             : 1;
}
