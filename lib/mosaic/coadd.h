// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "fits/image_stream.h"
#include "mosaic/strip.h"

namespace contimg::mosaic {

struct CoaddSettings {
  double beam_floor = 0.1;  ///< Pixels of a tile below this response take no part.
  std::size_t n_thread = 2;
  std::function<void()> check;  ///< Called between tiles; throws to stop.
};

/// Where the maps go. All have the grid of the mosaic.
struct CoaddOutputs {
  fits::ImageWriter* image = nullptr;   ///< Jy/beam, corrected for the primary beams.
  fits::ImageWriter* rms = nullptr;     ///< Jy/beam: 1 / sqrt(weight).
  fits::ImageWriter* weight = nullptr;  ///< 1 / Jy^2: sum of PB_i^2 / sigma_i^2.
};

/// What one tile gave.
struct MemberReport {
  std::string group_id;
  fits::Box box;            ///< Of the mosaic's pixels that it touches.
  double weight_share = 0;  ///< Of the sum of all weights.
  std::size_t n_pixel = 0;  ///< Mosaic pixels in which it takes part.
};

struct CoaddReport {
  std::vector<MemberReport> members;
  std::size_t n_pixel = 0;        ///< That are not blank.
  std::size_t most_resident = 0;  ///< Pixels of the mosaic held in memory at once.
  /// Robust rms (from the quartiles) of image / rms over pixels where that is below 5: 1 when the
  /// weights are true.
  double noise_ratio = 0;
  /// The mosaic made small, for pictures: at most `kOverview` pixels on a side, each the mean of a
  /// square, or the most extreme of it where that is above 5 local rms; the mean of the rms.
  fits::Image overview, overview_rms;
};
constexpr std::size_t kOverview = 1600;

/// Adds tiles up: S = sum(w_i I_i / B_i) / sum(w_i), w_i = B_i^2 / sigma_i^2, B_i = PB_i times what
/// smearing leaves, sigma_i the local rms before the beam (`-rms` times PB). Each tile is read once
/// (one that the projection tears twice), touches only its own box, and is resampled with a windowed
/// sinc (kernel.h; beam, noise and smearing bilinearly) at positions that wcslib gives (interpolated
/// between nodes to better than 0.001 pixels, checked). It has no part where its beam is below the floor,
/// the noise is not known, or the kernel reaches beyond its edge.
///
/// Finished squares are written and forgotten, so memory depends on the size of tiles, not on the
/// strip's length. Sums are in double precision, tile after tile along the strip, so the result does
/// not depend on the order in which they are given, nor on the number of threads. Pixels of no tile
/// are NaN in all maps. The caller finishes the writers.
///
/// Throws DataError naming the tile's file, before anything is read when one is missing (`-smearing`
/// may be), TemporaryError for the disk.
/// Source: weights of the optimal linear combination, e.g. Condon et al. 1998, AJ 115, 1693, eq. 1.
CoaddReport coadd(const std::vector<TileHeader>& tiles, const Grid& grid,
                  const CoaddOutputs& outputs, const CoaddSettings& settings = {});

}  // namespace contimg::mosaic
