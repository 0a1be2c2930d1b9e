// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/ask.h"

/// Charts as inline SVG: no script, no style of their own but classes of the page, titles to point at.
namespace contimg::report {

/// The night in rows of 6 hours, a box for each slot. Given: "slots" of coverage_json().
std::string timeline_svg(const Json& slots, double begin_unix_s, double end_unix_s);
/// The class of a slot's colour, of its state's name: "s-imaged".
std::string slot_class(const std::string& state);

struct ChartPoint {
  double at_unix_s = 0, value = 0;
  std::string css_class;  ///< Of its mark.
  std::string title;
};

struct Chart {
  std::string label;  ///< Of the axis, with the unit.
  double begin_unix_s = 0, end_unix_s = 0;
  std::vector<ChartPoint> points;
  std::optional<double> line;  ///< A limit to draw.
  std::string line_label;
};

/// Points over the night, from 0 upwards; what lies above four times the median and above the line is drawn
/// at the upper edge, so that one outlier does not flatten the rest. In a box that scrolls by itself. Empty
/// for no points.
std::string scatter_svg(const Chart& chart);

/// A value with its error, side by side with others.
struct Category {
  std::string name;
  double value = 0, low = 0, high = 0;
  double expected = kNotKnown;
  std::string title;
};

struct CategoryChart {
  std::string label;
  std::vector<Category> categories;
  double bottom = 0, top = 1;  ///< Values beyond are drawn at the edge.
  std::string expected_label;
};

/// Marks with bars of their errors, and a dashed line through what is expected, from left to right.
/// Those that are not known have no mark. Empty when that is all.
std::string category_svg(const CategoryChart& chart);

/// The step between ticks of an axis from 0 to `top`: 1, 2 or 5 times a power of ten, 3 to 8 of them.
double tick_step(double top);

}  // namespace contimg::report
