// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/lightcurve_setting_rows.h"

#include "base/derived_setting.h"

namespace contimg {
namespace {

Setting lightcurve_row(const char* key, const char* unit, Setting::Field field, const char* help,
                       double min, double max) {
  return derived_setting("lightcurve", key, unit, field, help, min, max);
}

}  // namespace

std::vector<Setting> lightcurve_rows() {
  return {
      lightcurve_row("de_ruiter", "RADIUS", &Settings::de_ruiter,
                     "Largest de Ruiter radius at which a detection belongs to a source.", 0.1,
                     100),
      lightcurve_row(
          "systematic", "SHARE", &Settings::systematic,
          "Add at least this share of a flux density to its error; the ensemble says how much.", 0,
          1),
      lightcurve_row("unnormalised", "SHARE", &Settings::unnormalised,
                     "The same in epochs that could not be normalised.", 0, 1),
      lightcurve_row("reference_snr", "SIGMA", &Settings::reference_snr,
                     "Sources of the ensemble are this bright.", 5, 1e6),
      lightcurve_row("reference_epochs", "N", &Settings::reference_epochs,
                     "Epochs that a source was measured in before it can be of the ensemble.", 3,
                     1000),
      lightcurve_row("min_references", "N", &Settings::min_references,
                     "Sources of the ensemble that an epoch needs to be normalised.", 1, 1000),
      lightcurve_row("variable_epochs", "N", &Settings::variable_epochs,
                     "Points that a source needs to be a candidate.", 3, 1000),
      lightcurve_row("variable_sigma", "SIGMA", &Settings::variable_sigma,
                     "Significance at which a source is a candidate.", 1, 100),
      lightcurve_row("variable_modulation", "SHARE", &Settings::variable_modulation,
                     "Scatter over mean that a candidate has at least.", 0, 10),
  };
}

}  // namespace contimg
