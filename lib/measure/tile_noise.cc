// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/tile_noise.h"

#include <algorithm>

namespace contimg::measure {

TileNoise::TileNoise(const TileImages& images, const MeasureSettings& settings)
    : image_(photometry::Plane(images.image)), beam_(photometry::beam_of(images.image)) {
  if (images.residual && images.dirty_beam && images.model) {
    dirty_beam_.emplace(photometry::Plane(*images.dirty_beam));
    components_ = photometry::components_of(photometry::Plane(*images.model));
    image_ = {photometry::Plane(images.image), photometry::Plane(*images.residual), *dirty_beam_,
              components_};
  }
  measure(settings.n_thread);
  if (!image_.layered() || !background_->known()) return;
  const photometry::CleanedImage as_written = image_;
  finished_ = photometry::finish_cleaning(as_written, *background_, correlation_, beam_,
                                          search_settings(settings));
  if (finished_->n_source == 0) return;
  image_ = finished_->view(as_written);
  measure(settings.n_thread);
}

void TileNoise::measure(std::size_t n_thread) {
  photometry::BackgroundSettings settings;
  settings.n_thread = n_thread;
  background_.emplace(image_.noise(), beam_, settings);
  correlation_ =
      photometry::NoiseCorrelation(image_.noise(), *background_, photometry::noise_reach_px(beam_));
}

photometry::BlindSettings search_settings(const MeasureSettings& settings) {
  photometry::BlindSettings search;
  search.seed_sigma = settings.detection_sigma;
  search.grow_sigma = std::min(search.grow_sigma, settings.detection_sigma);
  search.n_thread = settings.n_thread;
  search.check = settings.check;
  return search;
}

}  // namespace contimg::measure
