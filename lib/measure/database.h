// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "base/sqlite.h"
#include "measure/injected_tile.h"
#include "measure/measurement.h"

namespace contimg::measure {

/// The measurements of all epochs: an SQLite file beside the queue's, with a schema of its own
/// (docs/formats/measurements.md).
///
///     epoch        one row per image and group: beam, noise, verdict, calibration set, flux scale
///     measurement  one row per source and epoch, raw values; (epoch_id, kind, name) is unique
///     injection, injected_source  the same of known sources that were put in, apart from science
class MeasurementDatabase {
 public:
  /// Opens or makes it; migrates an older one. Throws UsageError when the file is a database of
  /// something else or of newer tools, or would be on a network filesystem.
  explicit MeasurementDatabase(const std::string& path);

  /// Records a tile in one transaction. Rows of an earlier measurement of the same group are
  /// replaced, those of others stay as they are; the epoch keeps its id and gets the next change_id,
  /// by which light curves find what is new. Returns the id.
  std::int64_t record(const Tile& tile);
  /// Records what known sources in a tile gave, likewise; epochs and measurements stay as they are.
  std::int64_t record(const InjectedTile& tile);

  Database& database() { return database_; }

 private:
  Database database_;
};

/// Version of the schema, as PRAGMA user_version.
constexpr int kMeasurementVersion = 3;

}  // namespace contimg::measure
