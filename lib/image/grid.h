// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "image/imaging_set.h"

/// The pixels of an image, and how visibilities are weighted into it.
namespace contimg::image {

/// How visibilities are weighted.
struct Weighting {
  enum class Kind { natural, uniform, briggs } kind = Kind::briggs;
  double robustness = 0.5;  ///< Of briggs: -2 is nearly uniform, 2 nearly natural.

  std::string text() const;  ///< "briggs 0.5"
};

/// Reads "natural", "uniform" or "briggs R" (also "briggs:R"). Throws UsageError.
Weighting weighting_from(const std::string& text);

/// The smallest even number that is not less and has no prime factor above 7, so that a Fourier
/// transform of that length is fast.
std::size_t fft_friendly(std::size_t n);

/// How far from the phase centre, along the worse of the two axes, the group's primary beam (the
/// mean over its integrations and channels) falls to `cut`. Throws DataError when the dish's
/// diameter is not known, or the beam is below the cut at the centre.
double beam_extent_rad(const SetLayout& layout, double cut);

/// The synthesised beam near its top.
struct ForeseenBeam {
  double major_rad = 0, minor_rad = 0;  ///< Full widths at half maximum.
};

/// The Gaussian that has the curvature of the dirty beam's top: its widths follow from the second
/// moments of the weights on the (u, v) plane, F = sqrt(2 ln 2) / (pi sqrt(<u^2>)) along either
/// principal axis. Where short baselines are many it is narrower than a fit to the whole beam, so
/// pixels chosen by it are small enough.
///
/// Given: the averaged sets; the field over which weights are counted (cells of 1 / field).
/// Source of the weights: Briggs 1995 (PhD thesis, New Mexico Tech), equation 3.13, as WSClean has
/// it; the moments are derived here from cos(x) = 1 - x^2 / 2.
ForeseenBeam foreseen_beam(const ImagingSets& sets, const Weighting& weighting, double field_rad);

/// What is asked for.
struct GridSettings {
  Weighting weighting;
  double pb_cut = 0.2;
  std::size_t size = 0;  ///< Pixels on a side, as given; 0: chosen.
  double pixel_rad = 0;  ///< As given; 0: chosen.
  bool coarse = false;   ///< A quick look: pixels twice as large, half as many on a side.
};

struct Grid {
  std::size_t n_pixel = 0;  ///< On a side, even and FFT-friendly.
  double pixel_rad = 0;
  ForeseenBeam beam;
};

/// How far from the centre the image will reach, which is what averaging has to know.
double field_radius_rad(const SetLayout& layout, const GridSettings& settings);

/// The l and m of that image's edge.
double image_half_width(double field_radius_rad);

/// Chooses pixels that are at most a quarter of the foreseen beam's minor axis and 0.9 of what the
/// longest baseline asks for (Nyquist, 1 / (2 u)), rounded down to 0.1 arcsec; and as many as reach
/// 2 % beyond the field's radius. What is given is kept, but for rounding the size up.
Grid choose_grid(const ImagingSets& sets, const GridSettings& settings, double field_radius_rad);

}  // namespace contimg::image
