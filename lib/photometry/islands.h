// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "photometry/background.h"

namespace contimg::photometry {

struct IslandSettings {
  double seed_sigma = 5;  ///< An island has a pixel that is so many rms above the level
  double grow_sigma = 3;  ///< and goes on to all neighbours that are so many above it.
  std::size_t n_thread = 2;
};

/// A pixel higher than the eight around it.
struct Peak {
  std::size_t x = 0, y = 0;
  double value = 0;  ///< Above the level, in the image's unit.
  double snr = 0;    ///< The same over the rms there.
};

/// Pixels that hang together, diagonals included.
struct Island {
  std::vector<std::size_t> pixels;  ///< y n_x + x
  std::vector<Peak> peaks;          ///< Above the seed's level; the highest first, at least one.
};

/// The islands of an image, or of the image upside down (`sign` -1), in order of their highest
/// peaks, the highest first.
std::vector<Island> find_islands(const Plane& plane, const Background& background, int sign,
                                 const IslandSettings& settings = {});

}  // namespace contimg::photometry
