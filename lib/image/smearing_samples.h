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

/// What a visibility of weight w counts in the peak of a source.
///
/// In the dirty image it is the imaging weight: natural w, uniform w / W, Briggs
/// w / (1 + W (5 10^-robust)^2 / (sum W^2 / sum W)), W the sum of w in a cell of the uv plane
/// (Briggs 1995, eq. 3.7 f, as WSClean has it). Cleaning makes a model of which the data are the
/// Fourier transform, wherever there are any, and restores it with a beam: there it is w / W times
/// the Fourier transform of the beam, exp(-pi^2 / (4 ln 2) (a^2 u_a^2 + b^2 u_b^2)), a and b its axes
/// and u_a, u_b the components of (u, v) on them. Long baselines, which smear, then count little.
class ImagedWeights {
 public:
  ImagedWeights(const ImagingSets& sets, const SmearingMapSettings& settings);
  /// What w is multiplied by at (u, v) wavelengths.
  double factor(double u, double v) const;

 private:
  std::size_t cell(double u, double v) const;
  void count(const ImagingSet& set);
  void summarise();

  SmearingMapSettings settings_;
  double cells_per_lambda_, scale_ = 0;
  double uu_ = 0, uv_ = 0, vv_ = 0;  // of the restoring beam's exponent
  std::size_t n_u_ = 0, n_v_ = 0;
  std::vector<float> weight_;  // [v, u]: the sum in the cells of half the plane, v >= 0
};

/// Samples of all rows with a weight, three a row, weighted as they count in the image.
std::vector<SmearingSample> smearing_samples(const ImagingSets& sets,
                                             const SmearingMapSettings& settings);

}  // namespace contimg::image
