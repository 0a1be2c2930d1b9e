// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "mosaic/kernel.h"
#include "mosaic/tile_maps.h"
#include "mosaic/window.h"

namespace contimg::mosaic {

/// A tile's value at a place, as a mosaic counts it.
struct Sample {
  double weight = 0;  ///< B^2 / sigma^2, 1 / Jy^2; 0: the tile has no part there.
  double sky_jy = 0;  ///< I / B, Jy/beam.
};

/// Takes samples of a tile: the image by SincKernel, the beam, the noise and the smearing
/// bilinearly. B is the beam times what smearing leaves, sigma the noise map times the beam. No part
/// where the kernel's 8 x 8 pixels are not all there and numbers, where the beam is below the floor,
/// and where noise or smearing are not known.
///
/// Refers to the maps, which must outlive it. Several threads may ask.
class TileSampler {
 public:
  TileSampler(const TileMaps& maps, double beam_floor) : maps_(maps), beam_floor_(beam_floor) {}

  /// Given: a place in the tile's pixels, and the same in those of its smearing map (ignored without
  /// one). NaN is no place.
  Sample at(double x, double y, double smearing_x, double smearing_y) const;

 private:
  double interpolated(double x, double y) const;

  const TileMaps& maps_;
  double beam_floor_;
  SincKernel kernel_;
};

/// What a tile gave to the part of a mosaic that it was added to.
struct Added {
  double weight = 0;        ///< Sum.
  std::size_t n_pixel = 0;  ///< In which it has part.
};

/// Adds a tile to the pixels of `box`, which the window gets. The mosaic's projection is `wcs`.
/// Threads share the rows; the sums do not depend on their number.
Added add_tile(const TileMaps& maps, double beam_floor, const fits::Wcs& wcs, const fits::Box& box,
               std::size_t n_thread, Window& window);

}  // namespace contimg::mosaic
