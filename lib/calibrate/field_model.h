// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <complex>
#include <vector>

#include "astro/earth_orientation.h"
#include "ms/description.h"
#include "skymodel/prediction.h"

namespace contimg::calibrate {

/// The visibilities that a Measurement Set would have if its sky were a list of sources and its
/// instrument perfect: through the beam of each integration (POINTING: drifting or standing
/// still), smeared by the integration time.
///
/// One field and one spectral window. Where POINTING is empty, dishes point at the phase centre.
class FieldModel {
 public:
  /// Given: the set's description and integration time; sources (ICRS); with_beam false takes
  /// their flux densities as seen. Throws DataError for a set of several fields or windows, or
  /// whose antennas are nowhere on the Earth.
  FieldModel(const ms::Description& set, double integration_s,
             std::vector<skymodel::Component> sources, const astro::EarthOrientation& earth,
             bool with_beam = true);

  /// Prepares for the integration at this time.
  void begin_integration(double time_mjd_s);

  /// Writes model[row, channel] (Jy) for the UVW of some rows of the integration begun. Several
  /// threads may call it at once.
  void predict(Span<const astro::Vector3> uvw_m, Span<std::complex<float>> model) const {
    predictor_.predict(uvw_m, model);
  }

  std::size_t n_channel() const { return predictor_.n_channel(); }

 private:
  ms::Description set_;
  astro::EarthOrientation earth_;
  astro::Site site_;
  skymodel::Predictor predictor_;
};

}  // namespace contimg::calibrate
