// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "injection/record.h"
#include "measure/measure_tile.h"
#include "measure/measurement.h"
#include "measure/tile_images.h"

namespace contimg::measure {

/// A known source and what was measured of it.
struct InjectedRow {
  injection::Source truth;
  /// probability_found() for its SNR where the nearest pixel sees it.
  double expected = kUnknown;
  /// Whether the blind search, of all it found, has one that is this source as measure-sources would
  /// say so of a catalogue's.
  bool found = false;
  Measurement measured;
};

/// A tile's known sources, measured.
struct InjectedTile {
  Epoch epoch;
  injection::Record record;
  std::vector<InjectedRow> sources;

  std::size_t n_found() const;
};

/// Measures an image with known sources in it as measure_tile() measures any, the catalogue's and
/// discovered ones beside them, and keeps what became of the known ones. Those that the image does not
/// reach are left out. Throws DataError when the record is another group's.
InjectedTile measure_injected(const TileImages& images, const injection::Record& record,
                              const MeasureSettings& settings);

}  // namespace contimg::measure
