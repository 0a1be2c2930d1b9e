// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "fits/wcs.h"

namespace contimg::photometry {

/// Finds positions by place, in a time that does not depend on how many there are.
class Neighbours {
 public:
  /// Those within `reach_px` can be asked for. Keeps a reference to the positions.
  Neighbours(const std::vector<fits::Pixel>& positions, double reach_px);

  /// Positions within the reach of a place, in order of their index.
  std::vector<std::size_t> near(const fits::Pixel& place) const;

  /// The positions in sets: any two within reach of each other are in the same one. In order of
  /// their first members.
  std::vector<std::vector<std::size_t>> clusters() const;

 private:
  std::int64_t cell_of(double x, double y) const;

  const std::vector<fits::Pixel>& positions_;
  double reach_px_;
  std::unordered_map<std::int64_t, std::vector<std::size_t>> cells_;
};

}  // namespace contimg::photometry
