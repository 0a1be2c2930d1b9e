// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "mosaic/strip.h"
#include "scratch.h"

namespace contimg::mosaic {

/// Tiles as image-ms writes them, small, with what is known of them.
struct SyntheticTile {
  std::string name;
  astro::Direction centre;
  std::size_t side = 128;
  double pixel_rad = 60 * astro::kArcsec;
  double rms_jy = 1e-3;
  double beam_px = 90;      ///< Full width at half maximum of the primary beam.
  double cut = 0.2;         ///< The noise map is NaN below it.
  double smearing = 0;      ///< 0: no map.
  unsigned noise_seed = 0;  ///< 0: no noise.
  /// Jy/beam of sky at a place, before the beam: what is imaged is times the beam.
  std::function<double(const astro::Direction&)> sky_jy;

  double middle() const { return static_cast<double>(side / 2); }
  double response(double x, double y) const {
    const double radius = std::hypot(x - middle(), y - middle()) / beam_px;
    return std::exp(-4 * std::log(2.0) * radius * radius);
  }
  std::string stem() const { return scratch(name); }
};

constexpr double kRestoringBeam_px = 4;

/// Gaussian of kRestoringBeam_px pixels FWHM on the sky.
inline double source_at(const astro::Direction& source, const astro::Direction& place,
                        double pixel_rad) {
  const double apart = astro::separation_rad(source, place) / pixel_rad / kRestoringBeam_px;
  return std::exp(-4 * std::log(2.0) * apart * apart);
}

/// Noise of rms 1, correlated as the restoring beam makes it.
inline std::vector<float> correlated_noise(std::size_t side, unsigned seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> pixels(side * side);
  for (float& pixel : pixels) pixel = normal(random);
  // The square root of the beam in Fourier space is a Gaussian narrower by the root of two.
  const double width = kRestoringBeam_px / std::sqrt(2.0);
  std::vector<float> kernel;
  double norm = 0;
  for (int i = -8; i <= 8; ++i) {
    kernel.push_back(static_cast<float>(std::exp(-4 * std::log(2.0) * i * i / width / width)));
    norm += static_cast<double>(kernel.back()) * static_cast<double>(kernel.back());
  }
  for (float& value : kernel) value /= static_cast<float>(std::sqrt(norm));
  for (const bool along_x : {true, false}) {
    const std::vector<float> before = pixels;
    for (std::size_t y = 0; y < side; ++y)
      for (std::size_t x = 0; x < side; ++x) {
        float sum = 0;
        for (std::size_t k = 0; k < kernel.size(); ++k) {
          const std::size_t at = ((along_x ? x : y) + side + k - 8) % side;
          sum += kernel[k] * before[along_x ? y * side + at : at * side + x];
        }
        pixels[y * side + x] = sum;
      }
  }
  return pixels;
}

inline fits::Image header_of(const SyntheticTile& tile) {
  fits::Image image;
  image.n_x = image.n_y = tile.side;
  image.wcs = fits::Wcs::orthographic(tile.centre, tile.side, tile.side, tile.pixel_rad);
  image.unit = "Jy/beam";
  image.beam =
      fits::Beam{kRestoringBeam_px * tile.pixel_rad, kRestoringBeam_px * tile.pixel_rad, 0};
  return image;
}

/// What a co-add is given, without files.
inline TileHeader named(const SyntheticTile& tile) {
  return {tile.name, tile.stem() + "-image.fits", 61000, header_of(tile)};
}

/// Writes the tile's files.
inline TileHeader written(const SyntheticTile& tile) {
  fits::Image image = header_of(tile), beam = image, noise = image;
  const std::vector<float> random = tile.noise_seed > 0
                                        ? correlated_noise(tile.side, tile.noise_seed)
                                        : std::vector<float>(tile.side * tile.side, 0.0F);
  for (std::size_t i = 0; i < random.size(); ++i) {
    const fits::Pixel pixel = {static_cast<double>(i % tile.side),
                               static_cast<double>(i / tile.side)};
    const double response = tile.response(pixel.x, pixel.y);
    const double left = tile.smearing > 0 ? tile.smearing : 1;
    const double sky = tile.sky_jy ? tile.sky_jy(*image.wcs.direction_at(pixel)) : 0;
    image.pixels.push_back(
        static_cast<float>(sky * response * left + tile.rms_jy * static_cast<double>(random[i])));
    beam.pixels.push_back(static_cast<float>(response));
    noise.pixels.push_back(response < tile.cut ? std::numeric_limits<float>::quiet_NaN()
                                               : static_cast<float>(tile.rms_jy / response));
  }
  fits::write_image(tile.stem() + "-image.fits", image);
  fits::write_image(tile.stem() + "-pb.fits", beam);
  fits::write_image(tile.stem() + "-rms.fits", noise);
  if (tile.smearing > 0) {
    const double step = tile.pixel_rad * static_cast<double>(tile.side) / 16;
    fits::Image coarse = beam;
    coarse.n_x = coarse.n_y = 17;
    coarse.wcs = fits::Wcs::orthographic(tile.centre, 17, 17, step);
    coarse.pixels.assign(17 * 17, static_cast<float>(tile.smearing));
    fits::write_image(tile.stem() + "-smearing.fits", coarse);
  }
  return named(tile);
}

/// Tiles along a parallel, `apart_rad` of right ascension from each other about `middle`.
inline std::vector<SyntheticTile> strip_of(const std::string& name, std::size_t n,
                                           const astro::Direction& middle, double apart_rad) {
  std::vector<SyntheticTile> tiles(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double offset = static_cast<double>(i) - static_cast<double>(n - 1) / 2;
    tiles[i].name = name + "-" + std::to_string(100 + i);
    tiles[i].centre = {middle.ra_rad + offset * apart_rad, middle.dec_rad};
  }
  return tiles;
}

}  // namespace contimg::mosaic
