// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "image/imaging_set.h"
#include "skymodel/component.h"

namespace contimg::image {

/// Which sources are held steady while they drift through the beam (drift.h), and how.
struct DriftSettings {
  std::string catalogue;           ///< Path; empty: nothing is done.
  std::size_t max_sources = 40;    ///< The brightest behind the beam; 0: nothing is done.
  double min_apparent_jy = 0.003;  ///< Behind the beam, at its best; fainter ones are left alone.
  double radius_rad = 0.06;        ///< From the phase centre, beyond the image's edge too.
  /// Sources whose l or m is beyond this are in no image that could be cleaned: they are taken out
  /// altogether. 0: none are.
  double image_half_width = 0;
  std::string earth_orientation;  ///< Path of a table; empty: the built-in one.
  std::size_t n_thread = 2;
};

/// How a set is averaged before it is imaged.
struct AveragingSettings {
  double field_radius_rad = 0;  ///< Image's edge (its corner, if sources are measured there).
  double max_smearing = 0.01;   ///< Most that averaging may take from a peak there, per baseline.
  double min_uv_lambda = 0;     ///< Shorter baselines are left out (at the middle frequency).
  std::vector<std::string> gaintables;  ///< By hand; empty: what the set says.
  bool allow_uncalibrated = false;      ///< DATA as they are, where the set is not calibrated.
  std::size_t max_sets = 4;
  /// What WSClean spends on one more set (w-planes, Fourier transforms), in visibilities gridded: a
  /// set is made only if it saves more. Measured: 0.35 s a set and 0.16 s a million visibilities, for
  /// 2000 x 2000 pixels with an accuracy of 0.01.
  std::size_t set_cost_visibilities = 2'000'000;
  std::vector<skymodel::Component> injected;  ///< Put into the data first (injector.h).
  DriftSettings drift;
  std::size_t n_thread = 2;
};

/// Hooks; both may be empty.
struct AveragingObserver {
  std::function<void(std::size_t done, std::size_t total)> progress;  ///< Rows.
  std::function<void()> check;  ///< Called from the caller's thread, often; throws to end the work.
};

/// Makes small Measurement Sets for imaging, `<folder>/averaged-<channel factor>.ms`, which WSClean
/// takes together.
///
/// Each baseline is averaged over channels and integrations as far as the smearing that this adds to
/// the data's own stays below the bound anywhere within the field (SmearingBound); baselines that
/// are averaged over equally many channels share a set. Stokes I = (XX + YY) / 2, or of RR and LL,
/// where both are good; its weight is 4 / (1 / w_XX + 1 / w_YY), the inverse variance in the units of
/// the data's weights; averages are weighted, and weights are sums. Times, UVW are means weighted so
/// too (over all channels of a row), which centres phases. Rows without a good visibility,
/// autocorrelations and too short baselines are left out.
///
/// From the averages of a drifting group the change of bright sources is taken out; see drift.h.
///
/// What is averaged is, in this order: DATA with the named tables applied; CORRECTED_DATA; DATA with
/// the recorded tables applied; DATA as they are, if that is allowed. The data are read once.
///
/// Given: the path of the set; a folder that exists and has none of the sets.
///
/// Throws DataError naming the path and the remedy: not calibrated, marked as uncalibrated, every
/// visibility flagged or zero, no pair of parallel hands, or what layout_of() refuses.
/// TemporaryError when the folder's disk is full. What was begun stays in the folder, which is the
/// caller's to remove.
ImagingSets average_for_imaging(const std::string& ms_path, const std::string& folder,
                                const AveragingSettings& settings,
                                const AveragingObserver& observer = {});

}  // namespace contimg::image
