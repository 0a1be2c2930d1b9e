// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/svg.h"

#include <algorithm>
#include <cmath>

#include "base/clock.h"
#include "base/escaped_text.h"
#include "metrics/keep_up.h"
#include "report/words.h"

namespace contimg::report {
namespace {

constexpr double kWidth = 960, kRow_s = 6 * kHour_s;

std::string n(double value) { return fixed(value, 1); }

std::string text_at(double x, double y, const std::string& anchor, const std::string& words) {
  return "<text x=\"" + n(x) + "\" y=\"" + n(y) + "\" text-anchor=\"" + anchor + "\">" +
         xml_text(words) + "</text>";
}

std::string line_from(double x1, double y1, double x2, double y2, const std::string& css_class) {
  return "<line class=\"" + css_class + "\" x1=\"" + n(x1) + "\" y1=\"" + n(y1) + "\" x2=\"" +
         n(x2) + "\" y2=\"" + n(y2) + "\"/>";
}

struct Row {
  double begin_unix_s, top;
};

constexpr double kRowHeight = 26, kRowPitch = 52, kLeft = 4;

double x_in_row(const Row& row, double unix_s) {
  return kLeft + (unix_s - row.begin_unix_s) / kRow_s * (kWidth - 2 * kLeft);
}

std::string box(const Row& row, const Json& slot) {
  const double from = std::max(number(slot, "begin_unix_s"), row.begin_unix_s);
  const double until = std::min(number(slot, "end_unix_s"), row.begin_unix_s + kRow_s);
  if (!(until > from)) return "";
  const double x = x_in_row(row, from);
  const double width = std::max(1.0, x_in_row(row, until) - x - 0.6);
  std::string title = word(slot, "group");
  if (title.empty())
    title = clock_utc(number(slot, "begin_unix_s")) + " to " +
            clock_utc(number(slot, "end_unix_s")) + " UTC";
  title += ": " + word(slot, "state");
  if (slot["n"].get<int>() > 1) title += ", " + counted(slot["n"].get<int>(), "slot");
  if (!word(slot, "why").empty()) title += "; " + word(slot, "why");
  return "<rect class=\"" + slot_class(word(slot, "state")) + "\" x=\"" + n(x) + "\" y=\"" +
         n(row.top) + "\" width=\"" + n(width) + "\" height=\"" + n(kRowHeight) + "\"><title>" +
         xml_text(title) + "</title></rect>\n";
}

// The top of the axis: all but far outliers.
double top_of(const Chart& chart) {
  std::vector<double> values;
  for (const ChartPoint& point : chart.points) values.push_back(point.value);
  const double highest = *std::max_element(values.begin(), values.end());
  const double usual = 4 * metrics::percentile(values, 0.5).value_or(0);
  const double enough = std::max(usual, 1.2 * chart.line.value_or(0));
  return std::max(1e-12, 1.08 * (usual > 0 ? std::min(highest, enough) : highest));
}

constexpr double kChartHeight = 240, kPlotLeft = 62, kPlotRight = kWidth - 8, kPlotTop = 24,
                 kPlotBottom = kChartHeight - 26;

class Plot {
 public:
  explicit Plot(const Chart& chart)
      : chart_(chart), top_(std::max(top_of(chart), 1.1 * line_within(chart))) {}

  std::string axes() const {
    std::string svg;
    const double step = tick_step(top_);
    const int decimals = std::max(0, static_cast<int>(-std::floor(std::log10(step))));
    for (int i = 0; i * step <= top_; ++i) {
      svg += line_from(kPlotLeft, y(i * step), kPlotRight, y(i * step), "grid");
      svg += text_at(kPlotLeft - 6, y(i * step) + 4, "end", fixed(i * step, decimals));
    }
    for (double at = chart_.begin_unix_s; at <= chart_.end_unix_s; at += 3 * kHour_s) {
      svg += line_from(x(at), kPlotTop, x(at), kPlotBottom, "grid");
      const bool last = at + kHour_s > chart_.end_unix_s;
      svg += text_at(x(at), kChartHeight - 8, last ? "end" : "middle", clock_utc(at));
    }
    return svg + text_at(4, 14, "start", chart_.label + ", over the time of observation, UTC") +
           "\n";
  }
  std::string limit() const {
    if (!chart_.line || *chart_.line > top_) return "";
    return line_from(kPlotLeft, y(*chart_.line), kPlotRight, y(*chart_.line), "limit") +
           text_at(kPlotRight, 14, "end", "dashed: " + chart_.line_label) + "\n";
  }
  std::string marks() const {
    std::string svg;
    for (const ChartPoint& point : chart_.points)
      svg += "<circle class=\"" + point.css_class + "\" cx=\"" + n(x(point.at_unix_s)) +
             "\" cy=\"" + n(y(std::min(point.value, top_))) + "\" r=\"3.2\"><title>" +
             xml_text(point.title) + "</title></circle>\n";
    return svg;
  }

 private:
  // A limit far above all points is told by its absence.
  static double line_within(const Chart& chart) {
    const double top = top_of(chart);
    return chart.line && *chart.line < 3 * top ? *chart.line : 0;
  }
  double x(double unix_s) const {
    return kPlotLeft + (unix_s - chart_.begin_unix_s) / (chart_.end_unix_s - chart_.begin_unix_s) *
                           (kPlotRight - kPlotLeft);
  }
  double y(double value) const { return kPlotBottom - value / top_ * (kPlotBottom - kPlotTop); }

  const Chart& chart_;
  double top_;
};

std::string opened(double height, const std::string& label) {
  return "<svg viewBox=\"0 0 " + fixed(kWidth, 0) + " " + fixed(height, 0) +
         "\" role=\"img\" aria-label=\"" + xml_text(label) + "\">\n";
}

}  // namespace

std::string slot_class(const std::string& state) {
  std::string letters;
  for (const char c : state) letters += c == ' ' ? '-' : c;
  return "s-" + letters;
}

std::string timeline_svg(const Json& slots, double begin_unix_s, double end_unix_s) {
  const int n_rows = static_cast<int>(std::ceil((end_unix_s - begin_unix_s) / kRow_s));
  std::string svg = opened(n_rows * kRowPitch, "What became of each slot of the night");
  for (int i = 0; i < n_rows; ++i) {
    const Row row{begin_unix_s + i * kRow_s, i * kRowPitch + 18};
    for (int hour = 0; hour < 6; ++hour) {
      const double x = x_in_row(row, row.begin_unix_s + hour * kHour_s);
      svg += line_from(x, row.top - 14, x, row.top + kRowHeight, "grid");
      svg += text_at(x + 4, row.top - 4, "start", clock_utc(row.begin_unix_s + hour * kHour_s));
    }
    svg += "\n";
    for (const Json& slot : slots) svg += box(row, slot);
  }
  return svg + "</svg>\n";
}

std::string category_svg(const CategoryChart& chart) {
  const auto& all = chart.categories;
  if (std::none_of(all.begin(), all.end(),
                   [](const Category& c) { return std::isfinite(c.value); }))
    return "";
  const double step = tick_step(chart.top - chart.bottom);
  const auto x = [&](std::size_t i) {
    return kPlotLeft + (static_cast<double>(i) + 0.5) / static_cast<double>(all.size()) *
                           (kPlotRight - kPlotLeft);
  };
  const auto y = [&](double value) {
    const double share = (value - chart.bottom) / (chart.top - chart.bottom);
    return kPlotBottom - std::clamp(share, 0.0, 1.0) * (kPlotBottom - kPlotTop);
  };
  std::string svg, marks, curve;
  for (double tick = chart.bottom; tick <= chart.top + 1e-9; tick += step)
    svg += line_from(kPlotLeft, y(tick), kPlotRight, y(tick), "grid") +
           text_at(kPlotLeft - 6, y(tick) + 4, "end", fixed(tick, 2));
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Category& one = all[i];
    svg += text_at(x(i), kChartHeight - 8, "middle", one.name);
    if (std::isfinite(one.expected)) curve += n(x(i)) + "," + n(y(one.expected)) + " ";
    if (!std::isfinite(one.value)) continue;
    if (std::isfinite(one.low) && std::isfinite(one.high))
      marks += line_from(x(i), y(one.low), x(i), y(one.high), "error");
    marks += "<circle class=\"in-time\" cx=\"" + n(x(i)) + "\" cy=\"" + n(y(one.value)) +
             "\" r=\"3.2\"><title>" + xml_text(one.title) + "</title></circle>\n";
  }
  if (!curve.empty())
    marks += "<polyline class=\"curve\" points=\"" + curve + "\"/>" +
             text_at(kPlotRight, 14, "end", chart.expected_label);
  return "<div class=\"chart\">" + opened(kChartHeight, chart.label) +
         text_at(4, 14, "start", chart.label) + svg + marks + "</svg></div>\n";
}

double tick_step(double top) {
  const double power = std::pow(10.0, std::floor(std::log10(top / 3)));
  const double ratio = top / 3 / power;
  return power * (ratio >= 5 ? 5 : ratio >= 2 ? 2 : 1);
}

std::string scatter_svg(const Chart& chart) {
  if (chart.points.empty()) return "";
  const Plot plot(chart);
  return "<div class=\"chart\">" + opened(kChartHeight, chart.label) + plot.axes() + plot.limit() +
         plot.marks() + "</svg></div>\n";
}

}  // namespace contimg::report
