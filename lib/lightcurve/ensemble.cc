// SPDX-License-Identifier: GPL-3.0-or-later
#include "lightcurve/ensemble.h"

namespace contimg::lightcurve {

const char* const kNoEnsemble = "no ensemble of reference sources yet";

Ensembles::Ensembles(Database& db)
    : version_(db, "SELECT max(version) FROM ensemble"),
      reference_(db,
                 "SELECT flux_jy, error_jy FROM ensemble_source WHERE version = ?1 AND"
                 " source_id = ?2"),
      all_(db,
           "SELECT source_id, flux_jy, error_jy, n_epoch FROM ensemble_source WHERE version = ?1"
           " ORDER BY source_id") {}

int Ensembles::in_force() {
  const int version = version_.step() ? static_cast<int>(version_.integer(0)) : 0;
  version_.reset();
  return version;
}

std::vector<Reference> Ensembles::references(int version) {
  std::vector<Reference> references;
  all_.bind(1, version);
  while (all_.step())
    references.push_back(
        {all_.integer(0), all_.real(1), all_.real(2), static_cast<std::size_t>(all_.integer(3))});
  all_.reset();
  return references;
}

variability::EpochGain Ensembles::gain_of(const std::vector<NewPoint>& points, int version,
                                          const LightcurveSettings& settings) {
  variability::EpochGain gain;
  gain.reason = kNoEnsemble;
  if (version == 0) return gain;
  std::vector<variability::ReferenceRatio> ratios;
  for (const NewPoint& point : points) {
    if (!point.raw.clean()) continue;
    if (reference_.bind(1, version).bind(2, point.source_id).step())
      ratios.push_back(
          {point.raw.flux_jy, point.raw.error_jy, reference_.real(0), reference_.real(1)});
    reference_.reset();
  }
  return variability::epoch_gain(ratios, static_cast<std::size_t>(settings.min_references),
                                 settings.systematic);
}

}  // namespace contimg::lightcurve
