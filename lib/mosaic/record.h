// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/sqlite.h"
#include "mosaic/candidate.h"
#include "mosaic/coadd.h"
#include "mosaic/options.h"
#include "mosaic/quality.h"

namespace contimg::mosaic {

/// A tile's image as the queue has it.
struct QueuedTile {
  std::string image_path;
  double mid_mjd = 0;
};

/// Images (not corrected for the beam) of all tiers whose middles lie between two times, within
/// `tolerance_rad` of a declination where one is given; in order of time.
std::vector<QueuedTile> queued_tiles(Database& db, double from_mjd, double until_mjd,
                                     std::optional<double> dec_deg, double tolerance_rad);

/// What the queue is to know of a mosaic.
struct MosaicRecord {
  std::string name, path, tier, fingerprint, calibration_set;
  bool science = true;
  double start_mjd = 0, end_mjd = 0;
  fits::Image header;
  std::vector<Candidate> members;
  CoaddReport coadd;
  MosaicFigures figures;
  quality::Verdict verdict;
};

/// Puts a mosaic, its members and its quality in place of what was known by its name or path, in
/// one transaction.
void record_mosaic(Database& db, const MosaicRecord& record, double now_unix_s);

/// Whether the queue knows a mosaic of that name made of these members.
bool is_recorded(Database& db, const std::string& name, const std::string& fingerprint);

}  // namespace contimg::mosaic
