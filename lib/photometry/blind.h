// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <vector>

#include "photometry/forced.h"
#include "photometry/gaussian_fit.h"
#include "photometry/islands.h"

namespace contimg::photometry {

struct BlindSettings {
  double seed_sigma = 5, grow_sigma = 3;  ///< As IslandSettings.
  /// Below this a detection is doubtful; see Detection::reliability.
  double least_reliability = 0.99;
  double duplicate_beams = 0.5;  ///< Of two components nearer than that the fainter goes.
  /// Whatever is fainter than 1 / artefact_ratio of a source within artefact_beams may be what is
  /// left of that source's sidelobes.
  double artefact_ratio = 50, artefact_beams = 15;
  std::size_t n_thread = 2;
  std::function<void()> check;  ///< Called from time to time by any thread; throws to end.
};

/// A source that nobody named: apparent, in the image's unit, errors of the noise alone.
struct Detection {
  double x = 0, y = 0, x_error = 0, y_error = 0;  ///< Pixels.
  double peak = 0, peak_error = 0;
  double total = 0, total_error = 0;  ///< Of a point source the peak again.
  Ellipse shape;                      ///< As in the image; of a point source the beam.
  double major_error_px = 0, minor_error_px = 0;
  double rms = 0;  ///< Of the noise there.
  double snr = 0;  ///< Of the highest pixel, by which it was found.
  /// 1 - false / found, of all detections with this SNR or more; 0: an artefact as like as not.
  double reliability = 1;
  std::size_t island = 0;   ///< Detections of one island have one number.
  std::size_t n_joint = 1;  ///< Components that were fitted together.
  bool point = true;        ///< Not larger than the beam by more than its errors.
  bool fitted = true;       ///< False: no fit held; it stands where its highest pixel is.
  bool doubtful = false;    ///< Too likely to be noise.
  bool near_bright = false;
  bool touches_blank = false;
};

struct BlindResult {
  std::vector<Detection> detections;  ///< The brightest first.
  std::size_t n_island = 0;
  std::size_t n_negative = 0;  ///< Found in the image upside down, away from bright sources.
  double expected_false = 0;   ///< By the noise's statistics, above the seed's level.
  double reliable_snr = 0;     ///< From here on detections are not doubtful.
};

/// Looks for sources: islands, in each a Gaussian for each peak, first with the beam's shape, then
/// with a free one; whoever is not larger than the beam is a point source and its flux density
/// is measured as forced_fluxes() does at the fitted place, less what going to the highest
/// place adds on average (error^2 / flux, derived in blind.cc). Others keep the free fit, with
/// Condon's errors.
///
/// How many detections are noise is told by the same search in the image upside down, and by the
/// statistics of the noise's peaks, whichever is more. Beside bright sources neither counts: there a
/// detection is doubtful below 10 rms, or when it is not twice as high as holes there are deep. Fits are bounded in steps, components and
/// pixels, so that no island takes long.
BlindResult find_sources(const CleanedImage& image, const Background& background,
                         const NoiseCorrelation& noise, const Ellipse& beam,
                         const BlindSettings& settings = {});

/// The first half of that: fitted, without duplicates, not judged; flux densities are the fits'.
std::vector<Detection> fitted_sources(const CleanedImage& image, const Background& background,
                                      const NoiseCorrelation& noise, const Ellipse& beam,
                                      const BlindSettings& settings,
                                      std::size_t* n_island = nullptr);

}  // namespace contimg::photometry
