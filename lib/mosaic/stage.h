// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/settings.h"
#include "mosaic/options.h"
#include "mosaic/products.h"
#include "mosaic/record.h"

/// The stage behind make-mosaic.
namespace contimg::mosaic {

/// How a mosaic that is planned stands on disk.
enum class Standing {
  absent,
  unchanged,  ///< It is there, made of the same members.
  differs,    ///< It is there, made of others.
};

/// A mosaic that is to be made.
struct PlannedMosaic {
  std::string name, image_path, fingerprint;
  Standing standing = Standing::absent;
  PlannedStrip strip;
};

struct MosaicPlan {
  std::vector<PlannedMosaic> mosaics;
  std::vector<std::string> too_few;
  std::vector<LeftOut> left_out;
};

struct StageReport {
  std::string name, image_path, tier;
  bool made = false;  ///< False: it was there and has not been touched.
  std::vector<std::string> paths;
  MosaicHeader header;
  fits::Image image;  ///< Header of the image.
  CoaddReport coadd;
  MosaicFigures figures;
  quality::Verdict verdict;
  double coadd_s = 0, sources_s = 0, total_s = 0;
};

/// One run of make-mosaic.
class MosaicStage {
 public:
  /// Opens the queue unless tiles are named. Throws UsageError for options that do not go together,
  /// for no --mosaic-dir, and for a queue that is none.
  MosaicStage(const Settings& settings, const MosaicOptions& options, std::function<void()> check);

  /// Reads headers and decides what is added up; writes nothing.
  /// Throws DataError naming a named image that cannot be read; of the queue's such a tile is left
  /// out.
  MosaicPlan plan();
  /// Throws UsageError when tiles are named and some or all of them are too few for a mosaic.
  void require_enough(const MosaicPlan& plan) const;

  /// Makes one of them, unless it is there already. Throws ProductExists when it is there with other
  /// members and may not be replaced, DataError naming a bad tile, TemporaryError for the disk.
  StageReport make(const PlannedMosaic& mosaic);

 private:
  std::vector<Candidate> named_candidates() const;
  std::vector<Candidate> queued_candidates(std::vector<LeftOut>& left_out);
  void name_mosaics(MosaicPlan& plan) const;
  Standing standing_of(const PlannedMosaic& mosaic);
  void require_room(const Grid& grid, const std::string& folder) const;
  void build(const PlannedMosaic& mosaic, StageReport& report);
  void judge_and_complete(const std::vector<TileHeader>& tiles, Products& products,
                          StageReport& report) const;
  void record(const StageReport& report);

  const Settings& settings_;
  const MosaicOptions& options_;
  std::function<void()> check_;
  PlanSettings plan_settings_;
  std::optional<TimeWindow> window_;
  std::optional<Database> queue_;
};

/// Makes all of a plan. One that fails for good (DataError) is logged and does not hold up the
/// others; the first such failure is thrown in the end.
void make_all(const MosaicPlan& plan, const std::function<void(const PlannedMosaic&)>& make_one);

}  // namespace contimg::mosaic
