// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "astro/direction.h"

namespace contimg::lightcurve {

/// Which places an epoch saw, and how well (docs/formats/measurements.md, the footprint).
class Footprint {
 public:
  Footprint() = default;  ///< Not known: it saw no place.
  /// Given: the grid's bytes, which may be empty. Throws DataError naming `epoch` when they are of
  /// another length than a grid's.
  Footprint(const astro::Direction& centre, double min_beam, double step_deg, std::string bytes,
            const std::string& epoch);

  bool known() const { return !response_.empty(); }
  /// Primary beam times smearing, bilinear; NaN outside.
  double response_at(const astro::Direction& place) const;
  /// Whether a source there was surely within what is measured: 5 % above the least response, as
  /// the grid is coarse.
  bool covers(double response) const { return response >= kSurely * min_beam_; }
  /// From the centre to the grid's corners, rad.
  double radius_rad() const;

  double min_beam() const { return min_beam_; }
  double step_deg() const { return step_deg_; }
  const std::string& bytes() const { return bytes_; }

 private:
  static constexpr double kSurely = 1.05;

  astro::Direction centre_;
  double min_beam_ = std::numeric_limits<double>::quiet_NaN();
  double step_deg_ = std::numeric_limits<double>::quiet_NaN();
  std::string bytes_;
  std::vector<float> response_;
};

}  // namespace contimg::lightcurve
