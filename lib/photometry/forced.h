// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "photometry/background.h"
#include "photometry/dirty_beam.h"
#include "photometry/noise.h"

namespace contimg::photometry {

struct ForcedSettings {
  /// The estimator uses the pixels where the beam is above its value at so many widths from its
  /// middle: 0.6 widths, 37 %. Further out there is little signal, noise that is already known from
  /// within, and, for sources that were not cleaned, sidelobes.
  double support_beams = 0.6;
  double joint_beams = 1.5;  ///< Positions nearer than so many major axes are solved together.
  std::size_t n_thread = 2;
};

/// Why a position has no flux density of its own.
enum class ForcedState {
  measured,
  outside,      ///< Not in the image.
  blank,        ///< Its pixel, or half of those needed, are blank.
  inseparable,  ///< So near to another position that the two have one flux density.
};

/// What is in the image at a position: apparent, in the image's unit.
struct ForcedFlux {
  ForcedState state = ForcedState::outside;
  double flux = 0;    ///< Of a point source there; of both where inseparable.
  double left = 0;    ///< What of it was not cleaned; 0 where that is not known.
  double error = 0;   ///< One sigma of the noise, correlated as it is.
  double rms = 0;     ///< Of the noise there.
  double misfit = 0;  ///< Rms of pixels minus model, over the noise's; larger than 1: not a point.
  std::size_t n_joint = 1;     ///< Positions that were solved together.
  std::size_t nearest = 0;     ///< Inseparable: from which position.
  bool touches_blank = false;  ///< The image's edge, or blank pixels, are within two beams.
};

/// Flux densities of point sources at given positions, by linear least squares with the beam as
/// model: F = sum(d K / n^2) / sum(K^2 / n^2), with d the image less its level, K the beam at the
/// position, n the rms; for positions near each other the normal equations of all of them. Where
/// the residual is known it is measured by itself with the dirty beam as K, and what was cleaned
/// with the restoring beam: a source that was not cleaned at all, or in part, is measured in full
/// although the restoring beam is not its shape. The background is that of the noise().
///
/// The error is that of the same linear combination of pixels under noise of covariance
/// n_i n_j rho_ij: (A^-1 G^T C G A^-1)^1/2 with A = K^T W K, G = W K (derived here; for
/// rho = beam it is 1.06 rms, for white noise convolved with the beam 1.22 rms).
///
/// Source: the estimator is that of forced_phot (VAST); its error is derived here.
std::vector<ForcedFlux> forced_fluxes(const CleanedImage& image, const Background& background,
                                      const NoiseCorrelation& noise, const Ellipse& beam,
                                      const std::vector<fits::Pixel>& positions,
                                      const ForcedSettings& settings = {});

/// How far the noise's correlation must be known for that.
std::size_t noise_reach_px(const Ellipse& beam, const ForcedSettings& settings = {});

}  // namespace contimg::photometry
