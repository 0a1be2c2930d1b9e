// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "photometry/background.h"
#include "photometry/dirty_beam.h"
#include "photometry/noise.h"

namespace contimg::photometry {

struct ForcedSettings {
  /// The estimator uses the pixels within so many widths of the beam (an ellipse) from the position;
  /// 0: as many as give the smallest error in the image's noise, 0.2 to 0.6 widths. Where noise is
  /// correlated as the beam is, pixels further out add noise that is already known from within.
  double support_beams = 0;
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

/// "outside the image", ...; empty where it was measured.
std::string reason_text(ForcedState state);

/// What is in the image at a position: apparent, in the image's unit.
struct ForcedFlux {
  ForcedState state = ForcedState::outside;
  double flux = 0;    ///< Of a point source there; of both where inseparable.
  double error = 0;   ///< One sigma of the noise, correlated as it is.
  double rms = 0;     ///< Of the noise there.
  double misfit = 0;  ///< Rms of pixels minus model, over the noise's; larger than 1: not a point.
  std::size_t n_joint = 1;     ///< Positions that were solved together.
  std::size_t nearest = 0;     ///< Inseparable: from which position.
  bool touches_blank = false;  ///< The image's edge, or blank pixels, are within two beams.
};

/// Flux densities of point sources at given positions, by linear least squares with the beam as
/// model: F = sum(d K / n^2) / sum(K^2 / n^2), with d the image less its level, K the beam at the
/// position, n the rms; for positions near each other the normal equations of all of them.
///
/// Where residual, dirty beam and components are known, d is what the data say of these sources: the
/// residual and, seen through the dirty beam, the components within one beam of them; and K is the
/// dirty beam. That is right whether a source was cleaned, was not, or in part, and whatever
/// cleaning made of one that lies between pixels; d in the restored image is not, where the dirty
/// beam's core is narrower than the restoring beam (errors of 25 % and of 5 % on DSA-110 tiles).
/// The background is that of noise().
///
/// The error is that of the same linear combination of pixels under noise of covariance
/// n_i n_j rho_ij: (A^-1 G^T C G A^-1)^1/2 with A = K^T W K, G = W K (derived here; with the pixels
/// within 0.6 widths it is 1.06 rms for rho = beam, 1.22 rms for white noise convolved with the beam).
///
/// Source: the estimator is that of forced_phot (VAST); its error is derived here.
std::vector<ForcedFlux> forced_fluxes(const CleanedImage& image, const Background& background,
                                      const NoiseCorrelation& noise, const Ellipse& beam,
                                      const std::vector<fits::Pixel>& positions,
                                      const ForcedSettings& settings = {});

/// How far the noise's correlation must be known for that.
std::size_t noise_reach_px(const Ellipse& beam);

/// The support_beams, of 0.2 to 0.6 with at least 9 pixels, for which the error is smallest.
double best_support_beams(const CleanedImage& image, const NoiseCorrelation& noise,
                          const Ellipse& beam);

}  // namespace contimg::photometry
