// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "fits/image.h"
#include "injection/record.h"
#include "skymodel/component.h"

namespace contimg::image {

/// How sources are chosen.
struct InjectionPlan {
  std::size_t n_source = 50;
  double min_snr = 3, max_snr = 30;  ///< Behind the beam, over the local rms.
  std::int64_t seed = 1;
  double min_response = 0.2;  ///< Of the primary beam.
  std::string catalogue;      ///< Empty: none to keep away from.
};

/// A tile's own images, as image-ms wrote them.
struct ScienceTile {
  std::string path;  ///< `<stem>-image.fits`
  fits::Image image, beam, smearing;
  fits::Image residual;  ///< Without pixels: not cleaned.
};
/// Given: `<stem>-image.fits`. Throws DataError, naming the file, when one is absent (but for the
/// residual).
ScienceTile read_science_tile(const std::string& image_path);

/// Chooses sources for a tile, the same ones for the same id, seed and images: places evenly spread
/// where the beam is at least `min_response`, between pixels as they come, SNR evenly spread in its
/// logarithm. Each keeps 6 beams from the others, 4 from the catalogue's sources that the tile shows
/// and from anything that stands 5 rms high in it, 3 from the image's edge; fewer than asked for where
/// there is no room. The rms is that of residual (or image), as measure-sources sees it.
std::vector<injection::Source> choose_sources(const ScienceTile& tile, const std::string& group_id,
                                              const InjectionPlan& plan);

/// The sources for prediction, of the same flux density at all frequencies.
std::vector<skymodel::Component> components_of(const std::vector<injection::Source>& sources);

}  // namespace contimg::image
