// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "measure/measure_tile.h"
#include "photometry/leftovers.h"

namespace contimg::measure {

/// What all sources of a tile are measured with: its pixels, and the noise in them. With residual,
/// model and dirty beam at hand the pixels are those of an image that was cleaned to the end
/// (photometry/leftovers.h). The images must outlive it.
class TileNoise {
 public:
  TileNoise(const TileImages& images, const MeasureSettings& settings);
  TileNoise(const TileNoise&) = delete;  // its parts point at each other
  TileNoise& operator=(const TileNoise&) = delete;

  const photometry::CleanedImage& image() const { return image_; }
  const photometry::Ellipse& beam() const { return beam_; }
  const photometry::Background& background() const { return *background_; }
  const photometry::NoiseCorrelation& correlation() const { return correlation_; }
  /// Sources that cleaning had left something of, and how much, Jy/beam; 0 where it is not known.
  std::size_t n_left() const { return finished_ ? finished_->n_source : 0; }
  double left_jy() const { return finished_ ? finished_->flux : 0; }

 private:
  void measure(std::size_t n_thread);

  std::optional<photometry::DirtyBeam> dirty_beam_;
  std::vector<photometry::Component> components_;
  std::optional<photometry::Finished> finished_;
  photometry::CleanedImage image_;
  photometry::Ellipse beam_;
  std::optional<photometry::Background> background_;
  photometry::NoiseCorrelation correlation_;
};

/// The blind search's settings as far as a tile's settings say.
photometry::BlindSettings search_settings(const MeasureSettings& settings);

}  // namespace contimg::measure
