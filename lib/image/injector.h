// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <complex>
#include <map>
#include <string>
#include <vector>

#include "astro/earth_orientation.h"
#include "image/imaging_set.h"
#include "ms/corrected.h"
#include "skymodel/prediction.h"

namespace contimg::image {

/// Puts sources into calibrated visibilities as the sky would have: at every row and channel of the
/// data, before anything is averaged, behind the primary beam at each integration's pointing, with the
/// smearing of the data's own channels and integrations (skymodel::Predictor). Both parallel hands get
/// the same.
class Injector {
 public:
  /// `layout` must outlive it. `hands`: the two correlations. `earth_orientation`: path of a table;
  /// empty: the built-in one. Throws DataError when the antennas have no diameter.
  Injector(const SetLayout& layout, const std::array<std::size_t, 2>& hands,
           std::vector<skymodel::Component> sources, const std::string& earth_orientation,
           std::size_t n_thread);

  /// The rows with the sources in them; valid until the next call, and as long as those given.
  ms::CorrectedRows with_sources(const ms::CorrectedRows& rows);

 private:
  const skymodel::Predictor& predictor_of(std::size_t row);
  void add(const skymodel::Predictor& predictor, std::size_t first_row, std::size_t n_row,
           std::size_t at_row);

  const SetLayout& layout_;
  std::array<std::size_t, 2> hands_;
  std::vector<skymodel::Component> sources_;
  astro::EarthOrientation earth_;
  astro::Site site_;
  std::size_t n_thread_;
  /// By window and integration; sets in another order than that of time need them again and again.
  std::map<std::pair<std::size_t, std::size_t>, skymodel::Predictor> predictors_;
  std::vector<std::complex<float>> corrected_;  // [row, channel, correlation]
};

}  // namespace contimg::image
