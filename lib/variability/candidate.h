// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "variability/statistics.h"

namespace contimg::variability {

struct CandidateSettings {
  std::size_t min_points = 5;
  double sigma = 5;          ///< Significance, Gaussian, after trials over the source's own points.
  double modulation = 0.05;  ///< Least V.
};

/// Why a source is worth looking at.
struct Candidate {
  std::string kind;                ///< "variable", "flare", "dip", "ese", "transient"
  double significance = kUnknown;  ///< Gaussian sigma.
  double since_mjd = kUnknown,
         until_mjd = kUnknown;  ///< Of the episode; the whole curve if variable.
  double depth = kUnknown;      ///< Episode's mean over the others' minus 1.
  std::string reason;  ///< "chi2 812 for 33 points (sigma 24), V 0.21: expected at most 5 and 0.05"
};

/// Whether the figures alone make looking at the points worthwhile at once: cheap, for every source of
/// every epoch.
///
/// Notes: true from min_points on (at least 4) when chi2_sigma or loo_sigma is 0.4 of `sigma`: for
/// whatever is `variable`, for episodes of one point, and of about 4 % of steady sources. It hides weak
/// episodes of several points in long curves, which raise chi2 by less than its own noise: those below
/// 8 standard errors in 500 points, 18 in 13,000. So look at every source now and then.
bool worth_a_look(const Figures& figures, const CandidateSettings& settings = {});

/// Judges a source.
///
/// variable: chi2_sigma and V at their thresholds, so neither bright sources' percents nor a faint
/// one's noise are enough alone. flare, dip: an episode of one or more consecutive points, at most a
/// third of the curve, whose weighted mean differs from that of the others by `sigma` after trials
/// over all episodes, both by the stated errors and by the others' scatter (Student's t), and by
/// `modulation`.
/// ese: a dip of at least 3 points and 10 % whose neighbours on both sides are nearer to the others; it is told instead
/// of the dip. Given: all usable points in order of time, and figures_of() their sums. Cost: n log n;
/// episodes have lengths 1, 2, 3, 4, 6, 8, 12, ... and sums are running. Thresholds and reasons:
/// transient: limit_sigma at `sigma`, of points and limits together `min_points`, limits at least half.
/// docs/lightcurves.md.
std::vector<Candidate> candidates(const std::vector<Point>& points, const Figures& figures,
                                  const CandidateSettings& settings = {});

}  // namespace contimg::variability
