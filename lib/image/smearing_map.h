// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "fits/image.h"
#include "image/imaging_set.h"

namespace contimg::image {

/// How the imager weights visibilities by the density of the uv plane.
enum class DensityWeighting { natural, uniform, briggs };

struct SmearingMapSettings {
  double field_rad = 0;  ///< Side of the image, and of the map.
  DensityWeighting weighting = DensityWeighting::briggs;
  double robust = 0.5;             ///< Of briggs.
  std::optional<fits::Beam> beam;  ///< The restoring beam, of an image that was cleaned.
  double padding = 1.2;      ///< WSClean counts the density in cells of 1 / (padding times field).
  std::size_t n_pixel = 65;  ///< Per side, odd; the outer pixels' middles lie on the field's edge.
  std::size_t n_thread = 2;
};

/// Makes integration_weight and channels those with which visibilities count in the image
/// (ImagedWeights in smearing_samples.h), which beam_map() then uses. Integrations before and after
/// the middle count differently in the cells of the density: at a fifth of its peak a drift group's
/// beam was 0.5 % larger so than with the data's weights.
void weigh_as_imaged(ImagingSets& sets, const SmearingMapSettings& settings);

/// What all smearing leaves of a point source's peak in the image, at each place: an image of pure
/// numbers from 0 to 1, SIN about the phase centre.
///
/// The mean over the imaged visibilities, weighted as they count in the image, of the product of
///   - the data's own channel width and integration: sinc, of the delay relative to the direction
///     whose fringe the correlator stopped, which is the pointing at that time (docs/conventions.md
///     section 4), or the phase centre where no pointing is known;
///   - the averaging: sin(N x) / (N sin x), of the delay relative to the phase centre (smearing.h).
///
/// It is a smooth function, which is summed at 13 x 13 Chebyshev points and interpolated.
fits::Image smearing_map(const ImagingSets& sets, const SmearingMapSettings& settings);

}  // namespace contimg::image
