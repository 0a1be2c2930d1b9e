// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/sqlite.h"
#include "lightcurve/standing.h"

namespace contimg::lightcurve {

/// A point that is to be written.
struct NewPoint {
  std::int64_t source_id = 0;
  RawPoint raw;
  std::string reason;
};

/// The points of a database of light curves. The caller holds the transaction.
class Points {
 public:
  explicit Points(Database& db);

  /// Writes an epoch's points, which are in order of sources; each source at most once.
  void insert(std::int64_t epoch_id, int season, const std::vector<NewPoint>& points);
  /// Takes an epoch's points out. Returned: the sources that had them.
  std::vector<std::int64_t> remove(std::int64_t epoch_id, int season);
  /// All of a source, season by season. With its epochs' scales.
  struct Row {
    std::int64_t epoch_id = 0;
    RawPoint raw;
    Scale scale;
  };
  std::vector<Row> of_source(std::int64_t source_id);

 private:
  std::int64_t reason_id(const std::string& text);

  Database& db_;
  Statement insert_, delete_, season_, of_source_, sources_, set_sources_, find_reason_,
      add_reason_;
};

/// Rising ids as bytes, few of them where the ids are near each other: differences, seven bits a byte,
/// least significant first, the eighth bit set on all but the last.
std::string packed(const std::vector<std::int64_t>& rising);
std::vector<std::int64_t> unpacked(const std::string& bytes);

/// The scale of an epoch from four columns: mid_mjd, gain, gain_error, gain_reason.
Scale scale_from(const Statement& row, int first);
/// A point from five columns: kind, flux_jy, error_jy, limit_jy, flags.
RawPoint point_from(const Statement& row, int first);

}  // namespace contimg::lightcurve
