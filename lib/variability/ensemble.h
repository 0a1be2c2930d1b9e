// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "variability/statistics.h"

namespace contimg::variability {

/// The gain of an epoch: measured = gain x sky.
struct EpochGain {
  double gain = 1, error = kUnknown;
  std::size_t n_used = 0;  ///< References that were left after clipping.
  std::string reason;      ///< Why there is none; empty: there is one.
};

/// A reference source in an epoch.
struct ReferenceRatio {
  double flux_jy = kUnknown, error_jy = kUnknown;                 ///< Measured, raw.
  double reference_jy = kUnknown, reference_error_jy = kUnknown;  ///< Of the ensemble.
};

/// The robust weighted mean of flux over reference: median, clipping at 3 robust sigma (MAD), then
/// the weighted mean of what is left; its error from weights or scatter, whichever is larger. A ratio
/// within 3 of its own errors is never clipped; flux densities of 0 and below are never used. A gain
/// from fewer than `min_references`, or outside [0.5, 2], is none.
EpochGain epoch_gain(const std::vector<ReferenceRatio>& references, std::size_t min_references = 3,
                     double systematic = 0.01);

/// F' = F / c, error'^2 = (error / c)^2 + (F error_c / c^2)^2 + (systematic F / c)^2; without a gain
/// F' = F, error'^2 = error^2 + (unnormalised F)^2.
Point normalised(double mjd, double flux_jy, double error_jy, const EpochGain& gain,
                 double systematic, double unnormalised);

/// A source seen in an epoch.
struct Sighting {
  std::size_t source = 0, epoch = 0;  ///< Indices from 0.
  double flux_jy = 0, error_jy = 0;
};

struct EnsembleFit {
  std::vector<double> flux_jy, flux_error_jy;  ///< [source]; unknown: not of the ensemble.
  std::vector<EpochGain> gains;                ///< [epoch]
  std::vector<std::string> refused;            ///< [source] why; empty: a reference.
  /// What steady sources scatter beyond their noise and the gains, as a share of their flux densities;
  /// at least the settings'.
  double systematic = 0;
};

struct EnsembleSettings {
  std::size_t min_epochs = 3;
  double max_reduced_chi2 = 2;  ///< Against constant, after normalisation.
  std::size_t min_references = 3;
  double systematic = 0;              ///< At least.
  std::size_t most_iterations = 100;  ///< Of the robust least squares.
};

/// Flux densities of steady sources and gains of epochs together, F_se = g_e S_s: from medians, by
/// robust (Huber) least squares; sources that then vary are dropped, the worst first, and the rest
/// solved again. The systematic share is that with which the brighter third of the sightings have the
/// median chi2 of Gaussian errors. The gains' product with the fluxes is free by one factor for each set of epochs that
/// is connected by sources: the median gain of each is 1. Gains are epoch_gain() of what is left.
/// Errors are those against an epoch's own sources; far parts of a long strip, connected by few
/// sources from epoch to epoch, may differ by more in scale.
EnsembleFit fit_ensemble(std::size_t n_source, std::size_t n_epoch,
                         const std::vector<Sighting>& sightings,
                         const EnsembleSettings& settings = {});

}  // namespace contimg::variability
