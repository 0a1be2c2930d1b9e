// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/field_model.h"

#include "base/error.h"

namespace contimg::calibrate {
namespace {

const ms::Description& one_field_and_window(const ms::Description& set) {
  if (set.fields.size() != 1 || set.spectral_windows.size() != 1)
    throw DataError("a set of " + std::to_string(set.fields.size()) + " fields and " +
                    std::to_string(set.spectral_windows.size()) +
                    " spectral windows, expected one of each; convert the group with "
                    "--phase-centres mid --spectral-windows 1");
  return set;
}

skymodel::PredictionSettings instrument(const ms::Description& set, double integration_s,
                                        bool with_beam) {
  skymodel::PredictionSettings settings;
  settings.dish_diameter_m = with_beam ? set.antennas.at(0).dish_diameter_m : 0;
  // Only drift data are averaged while the sky moves; others were made to follow it.
  settings.integration_s = integration_s;
  return settings;
}

}  // namespace

FieldModel::FieldModel(const ms::Description& set, double integration_s,
                       std::vector<skymodel::Component> sources,
                       const astro::EarthOrientation& earth, bool with_beam)
    : set_(one_field_and_window(set)),
      earth_(earth),
      site_(ms::array_site(set)),
      predictor_(std::move(sources), set.fields[0].phase_centre,
                 set.spectral_windows[0].frequency_hz, instrument(set, integration_s, with_beam)) {}

void FieldModel::begin_integration(double time_mjd_s) {
  predictor_.begin_integration(astro::ApparentFrame(time_mjd_s, site_, earth_),
                               ms::pointing_at(set_, time_mjd_s));
}

}  // namespace contimg::calibrate
