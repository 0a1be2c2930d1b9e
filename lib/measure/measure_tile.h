// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>

#include "injection/record.h"
#include "measure/epoch_tie.h"
#include "measure/tile_images.h"

namespace contimg::measure {

struct MeasureSettings {
  std::string catalogue;      ///< Path; empty: no catalogue places.
  std::string lightcurve_db;  ///< Whose discovered sources are measured too; empty or absent: none.
  double min_beam = 0.2;      ///< Catalogue places below this response are not measured.
  double limit_sigma = 3;     ///< What is fainter than so many errors is given as a limit.
  double detection_sigma = 5;  ///< Of the blind search.
  bool blind = true;
  double flux_floor = 0.005;  ///< Of a flux density, added in quadrature to its error,
  double place_floor_beams =
      0.015;  ///< and so to places: what is left of calibration and cleaning.
  TieSettings tie;
  std::vector<injection::Source> injected;  ///< Known ones that were put in: measured like others.
  std::size_t n_thread = 2;
  std::function<void()> check;  ///< Called between steps; throws to end the work; may be empty.
};

/// Seconds that the steps took.
struct MeasureTimes {
  double noise_s = 0, forced_s = 0, blind_s = 0, total_s = 0;
};

/// Measures one tile.
///
///   forced  at every catalogue place whose beam response is at least `min_beam`, and at the places
///           of sources that earlier epochs discovered: a row each, with a flux density, or with a
///           limit and its reason
///   blind   what is found at `detection_sigma` or more and is none of those
///
/// then ties the epoch to the catalogue. Flux densities are divided by the beam's response and by
/// what smearing leaves, at the source's place; errors and limits too. Detections and limits go by
/// the noise alone.
///
/// Upper limits are the flux density measured, where that is positive, plus `limit_sigma` errors.
/// An empty catalogue is worth a warning. Throws DataError as skymodel::Catalogue.
Tile measure_tile(const TileImages& images, const MeasureSettings& settings,
                  MeasureTimes* times = nullptr);

}  // namespace contimg::measure
