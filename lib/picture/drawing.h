// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "fits/image.h"

namespace contimg::picture {

/// What is written and marked on the picture of an image.
struct Annotations {
  std::string title;    ///< Group, tier and what else is to be said; the frequency is added.
  std::string verdict;  ///< "PASS", or "FAIL: <reasons>", which may be cut short.
  double rms_jy = 0;    ///< Of the image; 0: its global rms.
  std::vector<astro::Direction> catalogue, detected;  ///< ICRS.
  const fits::Image* beam = nullptr;                  ///< Primary beam on any grid; null: none.
  double cut = 0.2;  ///< Response at which the beam's outline is drawn.
};

/// Draws an image as a PNG: inverted grey from -2.5 to 30 rms, asinh, with a grid of right
/// ascension and declination, the restoring beam, the primary beam's outline, marks and a colour
/// bar. Large images are drawn at a third, ... of their size, at most 1600 pixels: a pixel is the mean of
/// those it stands for, or the most extreme of them when that is above 5 rms. A blank image is
/// drawn as an empty grid that says so. Throws TemporaryError as plot::Page.
void draw_image(const std::string& path, const fits::Image& image, const Annotations& annotations);

/// Draws the image alone, on 256 x 256 pixels, of which one that is not square leaves some white.
void draw_thumbnail(const std::string& path, const fits::Image& image);

}  // namespace contimg::picture
