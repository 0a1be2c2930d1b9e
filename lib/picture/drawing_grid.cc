// SPDX-License-Identifier: GPL-3.0-or-later
#include "picture/drawing_grid.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "astro/constants.h"
#include "plot/gnuplot.h"

namespace contimg::picture {
namespace {

constexpr double kMostSteps = 8;
constexpr int kPoints = 240;
constexpr double kSecond_rad = astro::kPi / 43200;  // of right ascension
constexpr fits::Pixel kNowhere{std::numeric_limits<double>::quiet_NaN(),
                               std::numeric_limits<double>::quiet_NaN()};

struct Extent {
  double ra_low, ra_high;  // about the centre's, which they may pass 0h from
  double dec_low, dec_high;
};

bool inside(const fits::Image& image, const fits::Pixel& pixel, double margin) {
  return pixel.x > -0.5 - margin && pixel.y > -0.5 - margin &&
         pixel.x < static_cast<double>(image.n_x) - 0.5 + margin &&
         pixel.y < static_cast<double>(image.n_y) - 0.5 + margin;
}

bool shows(const fits::Image& image, const astro::Direction& place) {
  const auto pixel = image.wcs.pixel_of(place);
  return pixel && inside(image, *pixel, 0);
}

// Whatever is in the image is between what is on its edges, but for the poles.
Extent extent_of(const fits::Image& image) {
  const astro::Direction centre = image.wcs.centre();
  Extent extent{centre.ra_rad, centre.ra_rad, centre.dec_rad, centre.dec_rad};
  const double width = static_cast<double>(image.n_x) - 1,
               height = static_cast<double>(image.n_y) - 1;
  for (int i = 0; i <= kPoints; ++i) {
    const double share = static_cast<double>(i) / kPoints;
    for (const fits::Pixel edge : {fits::Pixel{share * width, 0},
                                   {share * width, height},
                                   {0, share * height},
                                   {width, share * height}}) {
      const auto place = image.wcs.direction_at(edge);
      if (!place) continue;
      const double ra =
          centre.ra_rad + std::remainder(place->ra_rad - centre.ra_rad, 2 * astro::kPi);
      extent.ra_low = std::min(extent.ra_low, ra);
      extent.ra_high = std::max(extent.ra_high, ra);
      extent.dec_low = std::min(extent.dec_low, place->dec_rad);
      extent.dec_high = std::max(extent.dec_high, place->dec_rad);
    }
  }
  for (const double pole : {-astro::kPi / 2, astro::kPi / 2}) {
    if (!shows(image, {centre.ra_rad, pole})) continue;
    extent.ra_low = centre.ra_rad - astro::kPi;
    extent.ra_high = centre.ra_rad + astro::kPi;
    (pole < 0 ? extent.dec_low : extent.dec_high) = pole;
  }
  return extent;
}

// The smallest of some steps (in a unit) that makes at most so many lines.
double step_for(double range, double unit, const std::vector<double>& steps) {
  for (const double step : steps)
    if (range <= kMostSteps * step * unit) return step * unit;
  return steps.back() * unit;
}

std::string ra_label(double ra_rad, double step_rad) {
  const auto seconds = static_cast<long>(std::lround(ra_rad / kSecond_rad) + 2 * 86400) % 86400;
  char text[32];
  if (step_rad >= 59.5 * kSecond_rad)
    std::snprintf(text, sizeof text, "%02ldh%02ldm", seconds / 3600, seconds / 60 % 60);
  else
    std::snprintf(text, sizeof text, "%02ldh%02ldm%02lds", seconds / 3600, seconds / 60 % 60,
                  seconds % 60);
  return text;
}

std::string dec_label(double dec_rad, double step_rad) {
  const long seconds = std::labs(std::lround(dec_rad / astro::kArcsec));
  const char sign = dec_rad < -0.5 * astro::kArcsec ? '-' : '+';
  char text[48];
  if (step_rad >= 59.5 * astro::kArcsec)
    std::snprintf(text, sizeof text, "%c%02ld\xc2\xb0%02ld'", sign, seconds / 3600,
                  seconds / 60 % 60);
  else
    std::snprintf(text, sizeof text, "%c%02ld\xc2\xb0%02ld'%02ld\"", sign, seconds / 3600,
                  seconds / 60 % 60, seconds % 60);
  return text;
}

// A little beyond the image, so that lines cross its edges.
Extent widened(const Extent& extent) {
  const double ra = 0.02 * (extent.ra_high - extent.ra_low);
  const double dec = 0.02 * (extent.dec_high - extent.dec_low);
  return {extent.ra_low - ra, extent.ra_high + ra, std::max(extent.dec_low - dec, -astro::kPi / 2),
          std::min(extent.dec_high + dec, astro::kPi / 2)};
}

template <typename Place>
GridLine line_of(const fits::Image& image, const std::string& label, double low, double high,
                 Place place) {
  GridLine line{label, {}};
  const double margin = 0.1 * static_cast<double>(std::max(image.n_x, image.n_y));
  for (int i = 0; i <= kPoints; ++i) {
    const auto pixel = image.wcs.pixel_of(place(low + (high - low) * i / kPoints));
    line.points.push_back(pixel && inside(image, *pixel, margin) ? *pixel : kNowhere);
  }
  return line;
}

std::string tic(const std::string& label, double at) {
  char place[32];
  std::snprintf(place, sizeof place, " %.3f", at);
  return plot::quoted(label) + place;
}

}  // namespace

SkyGrid sky_grid(const fits::Image& image) {
  SkyGrid grid;
  const Extent extent = extent_of(image);
  const double ra_step =
      step_for(extent.ra_high - extent.ra_low, kSecond_rad,
               {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 14400});
  const double dec_step =
      step_for(extent.dec_high - extent.dec_low, astro::kArcsec,
               {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 18000, 36000});
  const Extent drawn = widened(extent);
  const bool around = extent.ra_high - extent.ra_low > 2 * astro::kPi - ra_step / 2;
  for (double ra = std::ceil(extent.ra_low / ra_step) * ra_step;
       ra <= extent.ra_high - (around ? ra_step / 2 : 0); ra += ra_step)
    grid.right_ascension.push_back(
        line_of(image, ra_label(ra, ra_step), drawn.dec_low, drawn.dec_high, [ra](double dec) {
          return astro::Direction{ra, dec};
        }));
  for (double dec = std::ceil(extent.dec_low / dec_step) * dec_step;
       dec <= extent.dec_high && dec < astro::kPi / 2 - dec_step / 2; dec += dec_step)
    grid.declination.push_back(
        line_of(image, dec_label(dec, dec_step), drawn.ra_low, drawn.ra_high, [dec](double ra) {
          return astro::Direction{ra, dec};
        }));
  return grid;
}

GridLabels grid_labels(const std::vector<GridLine>& lines, const fits::Image& image, bool lower) {
  const double end = static_cast<double>(lower ? image.n_x : image.n_y) - 0.5;
  // Room for half a label.
  const double margin = -0.05 * static_cast<double>(std::min(image.n_x, image.n_y));
  GridLabels labels;
  for (const GridLine& line : lines) {
    bool met = false;
    std::vector<fits::Pixel> shown;
    for (std::size_t i = 0; i < line.points.size() && !met; ++i) {
      const fits::Pixel b = line.points[i];
      if (inside(image, b, margin)) shown.push_back(b);
      if (i == 0) continue;
      const fits::Pixel a = line.points[i - 1];
      const double from = lower ? a.y : a.x, to = lower ? b.y : b.x;
      if (!((from + 0.5) * (to + 0.5) <= 0) || std::abs(to - from) < 1e-9) continue;
      const double share = (-0.5 - from) / (to - from);
      const double at = lower ? a.x + share * (b.x - a.x) : a.y + share * (b.y - a.y);
      if (at < -0.5 || at > end) continue;
      labels.tics += (labels.tics.empty() ? "" : ", ") + tic(line.label, at);
      met = true;
    }
    if (met || shown.empty()) continue;
    char place[64];
    const fits::Pixel middle = shown[shown.size() / 2];
    std::snprintf(place, sizeof place, " at %.3f,%.3f", middle.x, middle.y);
    labels.inside += "set label " + plot::quoted(line.label) + place +
                     " center front font ',11' textcolor rgb '#446688'\n";
  }
  labels.tics = "(" + labels.tics + ")";
  return labels;
}

std::vector<fits::Pixel> beam_outline(const fits::Image& beam, double cut,
                                      const fits::Image& image) {
  const auto peak =
      static_cast<std::size_t>(std::max_element(beam.pixels.begin(), beam.pixels.end(),
                                                [](float a, float b) {
                                                  return a < b || (std::isnan(a) && !std::isnan(b));
                                                }) -
                               beam.pixels.begin());
  const std::size_t column = peak % beam.n_x, row = peak / beam.n_x;
  const fits::Pixel top{static_cast<double>(column), static_cast<double>(row)};
  std::vector<fits::Pixel> outline;
  for (int i = 0; i <= kPoints; ++i) {
    const double angle = 2 * astro::kPi * i / kPoints;
    fits::Pixel found = kNowhere;
    for (double radius = 1;; radius += 1) {
      const fits::Pixel place{top.x + radius * std::cos(angle), top.y + radius * std::sin(angle)};
      if (!inside(beam, place, -0.5)) break;
      const auto x = static_cast<std::size_t>(std::lround(place.x));
      const auto y = static_cast<std::size_t>(std::lround(place.y));
      if (static_cast<double>(beam.at(x, y)) >= cut) continue;
      const auto direction = beam.wcs.direction_at(place);
      const auto pixel = direction ? image.wcs.pixel_of(*direction) : std::nullopt;
      if (pixel) found = *pixel;
      break;
    }
    outline.push_back(found);
  }
  return outline;
}

}  // namespace contimg::picture
