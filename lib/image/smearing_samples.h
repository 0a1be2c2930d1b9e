// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image/smearing_map.h"

namespace contimg::image {

/// Imaged visibilities that smear alike: neighbouring channels of an averaged row.
struct SmearingSample {
  astro::Vector3 uvw_m{};
  astro::Vector3 stopped{};                      ///< (l, m, n - 1) of the pointing.
  double frequency_hz = 0;                       ///< Middle of the channels.
  double weight = 0;                             ///< Sum of imaging weights.
  std::size_t n_channel = 1, n_integration = 1;  ///< Averaged.
};

/// Samples of all rows with a weight, three a row, weighted with the density of the uv plane:
/// natural w, uniform w / W, Briggs w / (1 + W (5 10^-robust)^2 / (sum W^2 / sum W)), W the sum of w
/// in a cell (Briggs 1995, eq. 3.7 f, as WSClean has it).
std::vector<SmearingSample> smearing_samples(const ImagingSets& sets,
                                             const SmearingMapSettings& settings);

}  // namespace contimg::image
