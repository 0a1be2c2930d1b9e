// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "lightcurve/place.h"

/// Which detection is which source. Pure numbers; no files.
namespace contimg::lightcurve {

/// The distance of two places in units of their errors, r = hypot(dx / hypot(sx1, sx2),
/// dy / hypot(sy1, sy2)). Source: de Ruiter, Willis, Arp 1977, A&AS 28, 211.
double de_ruiter_radius(const Place& a, const Place& b);

/// A detection that a source may be.
struct Fit {
  std::size_t detection = 0;  ///< Index from 0.
  std::int64_t source_id = 0;
  double separation_rad = 0, de_ruiter = 0;
};

/// What a detection is.
struct Match {
  std::optional<Fit> fit;  ///< The source that it belongs to; nothing: none.
  /// With a fit: the next source that it could be and that nothing else is ("merge"). Without: the
  /// nearest source that it would be, were that not another detection's ("split").
  std::optional<Fit> other;
};

/// Gives detections to sources, nearest first; each detection to one source, each source to one
/// detection.
///
/// Given: all pairs that are near enough. `taken`: sources that have their measurement already.
/// `doubtful[detection]`: comes after all that are not. Returned: one for each detection.
std::vector<Match> pair_up(std::vector<Fit> fits, const std::vector<std::int64_t>& taken,
                           const std::vector<bool>& doubtful);

}  // namespace contimg::lightcurve
