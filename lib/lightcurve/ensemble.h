// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/lightcurve_settings.h"
#include "base/sqlite.h"
#include "lightcurve/points.h"

namespace contimg::lightcurve {

/// The frozen flux density of a steady source.
struct Reference {
  std::int64_t source_id = 0;
  double flux_jy = kUnknown, error_jy = kUnknown;
  std::size_t n_epoch = 0;
};

/// Ensembles of steady sources, one version of which is in force: the latest.
class Ensembles {
 public:
  explicit Ensembles(Database& db);

  /// 0: there is none yet.
  int in_force();
  std::vector<Reference> references(int version);
  /// The gain of an epoch from its points, against a version; without one it says so.
  variability::EpochGain gain_of(const std::vector<NewPoint>& points, int version,
                                 const LightcurveSettings& settings);

 private:
  Statement version_, reference_, all_;
};

/// Why an epoch from before the first ensemble has no gain.
extern const char* const kNoEnsemble;

}  // namespace contimg::lightcurve
