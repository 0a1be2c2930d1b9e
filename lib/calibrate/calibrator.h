// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "ms/description.h"
#include "skymodel/component.h"

namespace contimg::calibrate {

/// By what a calibrator's set is solved.
struct CalibratorSettings {
  std::string name;       ///< Of a source; empty: the brightest through the beam.
  double flux_jy = 0;     ///< Above 0: taken for it, whatever is known of it. Without a name the
                          ///< source is then at the phase centre.
  std::string catalogue;  ///< Path; empty: the built-in primary calibrators only.
  bool other_sources = false;  ///< Those of the catalogue too, down to `min_share` of the
  double min_share = 0.01;     ///< calibrator, as seen through the beam.
  double min_beam = 0.5;       ///< Less response towards the calibrator is refused,
  double min_flux_jy = 1;      ///< and so is less flux density through the beam.
};

/// The calibrator of a set, and its model.
struct Calibrator {
  std::vector<skymodel::Component> sources;  ///< The calibrator first.
  std::string name;                          ///< "3C286"; its IAU name where it has no other.
  std::string iau_name;                      ///< "1331+305"
  double flux_jy = 0, frequency_hz = 0;      ///< On the sky, at the middle of the band.
  std::string flux_source;                   ///< "Perley & Butler 2017", "--flux", ...
  double beam_response = 0;                  ///< Power, the best of all integrations.
  double dec_offset_deg = 0;                 ///< Calibrator minus pointing at mid-set.
};

/// Finds the calibrator of a set. Names are compared whole, aliases too.
///
/// Throws DataError when there is none, its flux density is not known (there is no default), or it
/// is too faint or too far off the beam's centre; UsageError for a catalogue that is not there.
Calibrator find_calibrator(const ms::Description& set, const CalibratorSettings& settings);

}  // namespace contimg::calibrate
