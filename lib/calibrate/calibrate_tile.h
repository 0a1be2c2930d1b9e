// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "astro/constants.h"
#include "astro/earth_orientation.h"
#include "calibrate/apply_set.h"
#include "calibrate/tile_solve.h"
#include "skymodel/component.h"

namespace contimg::calibrate {

/// Which sources of the catalogue a tile is solved on.
struct TileSourceSettings {
  double radius_rad = 3 * astro::kDegree;  ///< About the pointing at mid-group.
  double min_share = 0.01;  ///< Of the brightest, as seen through the beam; fainter are left out.
  std::size_t max_sources = 50;  ///< The brightest.
};

/// Sources that shine through the beam of a set at mid-group, brightest first; `apparent_jy`
/// receives what they have together there. `catalogue` empty: the built-in primary calibrators.
std::vector<skymodel::Component> tile_sources(const std::string& catalogue,
                                              const ms::Description& set,
                                              const TileSourceSettings& settings,
                                              double& apparent_jy);

/// How a science group is calibrated.
struct ScienceSettings {
  ApplySettings apply;     ///< Set, tables, force, threads, hooks. `details` are added to.
  bool solve_tile = true;  ///< Solve for what has drifted since.
  TileSettings tile;
  TileSourceSettings sources;
  std::string catalogue;          ///< Path; empty: the built-in primary calibrators.
  std::string tile_table;         ///< Path of the tile's own table, written when it is solved.
  double interval_s = 60;         ///< Of solutions within the tile.
  std::string earth_orientation;  ///< Path of a table; empty: the built-in one.
};

struct ScienceReport {
  ApplyReport applied;
  bool tile_tried = false;
  TileReport tile;
  std::string tile_table;  ///< Empty: there is none.
  double tile_s = 0;       ///< Seconds that its solve took.
};

/// Calibrates a science group: solves for the tile's own phases (and amplitudes) on top of the
/// set's tables, and applies both in one pass. When the tile is too weak or its solve fails, the
/// set alone is applied, exactly as without a solve, and the report says why. What was applied
/// before is left alone unless forced, tile and all.
///
/// Throws as apply_set(); nothing in the tile's own solve is an error.
ScienceReport calibrate_tile(const std::string& ms_path, const ScienceSettings& settings);

/// {"outcome", "reason", "kind", ...} of a tile's solve, as JSON.
std::string tile_json(const TileReport& report);

}  // namespace contimg::calibrate
