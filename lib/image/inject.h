// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>

#include "image/options.h"
#include "queue/queue.h"

/// A second image of a tile, with known faint sources in its visibilities (docs/injection.md).
namespace contimg::image {

/// What became of it.
struct InjectionReport {
  std::string group_id, image_path;  ///< No path: none was made.
  std::string why_not;               ///< No path: why.
  std::size_t n_source = 0;
  double total_s = 0;
  double averaging_s = 0, cleaning_s = 0;
};

/// Makes `<image_dir>/injected/<date>/<group>-*.fits` and `-injected.json`: the set, imaged as the
/// science image was, with sources put into its calibrated data on the way. Neither the set nor
/// anything of science is touched. TIER is `injection`, SCIENCE false, pb and smearing are those of the
/// science image.
///
/// None is made where the science image failed its gates or is none, and where there is one already of
/// the same science image and seed: measured, or still to be, which is then returned. With
/// options.overwrite it is made all the same. Throws as image_ms(), and DataError when the tile has no
/// image or no room for a source.
InjectionReport inject_by_hand(const Settings& settings, const ImageOptions& options,
                               const std::string& ms_path, const std::function<void()>& check);

/// The same for a group of the queue, which is only read; nothing for a group that is not due
/// (settings.injection_every), unless `force`.
InjectionReport inject_group(queue::Queue& queue, const std::string& group_id,
                             const Settings& settings, const ImageOptions& options, bool force,
                             const std::function<void()>& check);

/// One line of JSON: stage, group_id, product, state, n_source, seconds.
std::string to_json(const InjectionReport& report);

}  // namespace contimg::image
