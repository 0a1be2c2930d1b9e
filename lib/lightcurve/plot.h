// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "lightcurve/listing.h"
#include "plot/gnuplot.h"

namespace contimg::lightcurve {

/// Throws UsageError unless the name of a picture ends in .png or .svg.
void check_plot_name(const std::string& path);

/// Draws a page as its name says.
void write_page(const std::string& path, const plot::Page& page);

/// Draws a light curve: points with errors, those of epochs that are not normalised in another colour,
/// flagged ones hollow, upper limits as arrows, epochs without a number as ticks at the bottom, the
/// weighted mean with its error as a band, and episodes of candidates shaded. What lies far beyond the
/// usable points is a triangle at the edge. Name, place and figures are above.
/// Throws TemporaryError when gnuplot fails.
void plot_curve(const std::string& path, const LightCurve& curve);

/// Draws eta against V of a field, logarithmically, candidates in another colour with their names,
/// and the thresholds: V, and the eta that is `sigma` for the field's middle number of points.
void plot_field(const std::string& path, const std::vector<FieldRow>& rows, double sigma,
                double modulation);

}  // namespace contimg::lightcurve
