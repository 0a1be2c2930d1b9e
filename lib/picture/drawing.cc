// SPDX-License-Identifier: GPL-3.0-or-later
#include "picture/drawing.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "astro/constants.h"
#include "photometry/local_peak.h"
#include "picture/drawing_grid.h"
#include "picture/drawing_pixels.h"
#include "plot/gnuplot.h"

namespace contimg::picture {
namespace {

constexpr std::size_t kMostPixels = 1600, kFewestPixels = 900, kThumbnail = 256;
constexpr int kLeft = 120, kRight = 150, kTop = 100, kBottom = 130;  // pixels of the page
constexpr double kBeamOnPage = 26;                                   // pixels
constexpr int kBeforeVerdict = 210;                                  // pixels of the rms
constexpr double kLetter = 10.5;                                     // pixels of width at size 14

template <typename... Values>
std::string format(const char* pattern, Values... values) {
  char text[512];
  std::snprintf(text, sizeof text, pattern, values...);
  return text;
}

// A page whose plot shows each pixel of the small image as a whole number of its own.
struct Layout {
  std::size_t scale, width, height;
  int page_width() const { return static_cast<int>(width) + kLeft + kRight; }
  int page_height() const { return static_cast<int>(height) + kTop + kBottom; }
  double page_per_pixel(std::size_t factor) const {
    return static_cast<double>(scale) / static_cast<double>(factor);
  }
};

Layout layout_of(const SmallImage& small) {
  const std::size_t longest = std::max(small.n_x, small.n_y);
  const std::size_t scale = std::max<std::size_t>((kFewestPixels + longest - 1) / longest, 1);
  return {scale, scale * small.n_x, scale * small.n_y};
}

double noise_of(const fits::Image& image, double given) {
  const double rms = given > 0 ? given : photometry::global_rms(image);
  return rms > 0 && std::isfinite(rms) ? rms : 1e-3;
}

void add_pixels(const SmallImage& small, const GreyScale& scale, plot::Page& page) {
  std::vector<float> greys;
  greys.reserve(small.pixels.size());
  for (const float value : small.pixels)
    greys.push_back(static_cast<float>(scale.grey(static_cast<double>(value))));
  page.add_pixels("image", std::move(greys));
  page.add(
      format("set palette defined (0 'white', 1 'black'); set palette maxcolors 0\n"
             "set cbrange [%.6f:%.6f]",
             scale.low(), scale.high()));
}

std::string image_plot(const SmallImage& small) {
  const double factor = static_cast<double>(small.factor), origin = (factor - 1) / 2;
  return format(
      "image binary array=(%zu,%zu) format='%%float' origin=(%g,%g) dx=%g dy=%g with "
      "image notitle",
      small.n_x, small.n_y, origin, origin, factor, factor);
}

// Lines with a gap between one and the next.
std::vector<std::vector<double>> rows_of(const std::vector<GridLine>& lines) {
  std::vector<std::vector<double>> rows;
  for (const GridLine& line : lines) {
    for (const fits::Pixel& point : line.points) rows.push_back({point.x, point.y});
    rows.push_back({std::nan(""), std::nan("")});
  }
  return rows;
}

// gnuplot refuses an empty block.
bool add_places(const std::string& name, const std::vector<astro::Direction>& places,
                const fits::Image& image, plot::Page& page) {
  std::vector<std::vector<double>> rows;
  for (const astro::Direction& place : places)
    if (const auto pixel = image.wcs.pixel_of(place)) rows.push_back({pixel->x, pixel->y});
  if (!rows.empty()) page.add_block(name, rows);
  return !rows.empty();
}

void add_frame(const fits::Image& image, const SmallImage& small, const Layout& layout,
               plot::Page& page) {
  const double width = layout.page_width(), height = layout.page_height();
  page.add(format("set lmargin at screen %.6f; set rmargin at screen %.6f\n"
                  "set bmargin at screen %.6f; set tmargin at screen %.6f\n",
                  kLeft / width, 1 - kRight / width, kBottom / height, 1 - kTop / height) +
           format("set xrange [-0.5:%g]; set yrange [-0.5:%g]",
                  static_cast<double>(small.n_x * small.factor) - 0.5,
                  static_cast<double>(small.n_y * small.factor) - 0.5));
  const SkyGrid grid = sky_grid(image);
  const GridLabels bottom = grid_labels(grid.right_ascension, image, true);
  const GridLabels left = grid_labels(grid.declination, image, false);
  std::vector<std::vector<double>> rows = rows_of(grid.right_ascension);
  const std::vector<std::vector<double>> more = rows_of(grid.declination);
  rows.insert(rows.end(), more.begin(), more.end());
  if (rows.empty()) rows = {{-1, -1}};
  page.add_block("grid", rows);
  page.add("set tics font ',13' scale 0.6\nset xtics " + bottom.tics + "\nset ytics " + left.tics +
           "\nset xlabel 'Right ascension (ICRS)' font ',14' offset 0,-0.4\n"
           "set ylabel 'Declination (ICRS)' font ',14' offset -2.5,0\n" +
           bottom.inside + left.inside);
}

void add_beam(const fits::Image& image, const Layout& layout, const SmallImage& small,
              plot::Page& page) {
  if (!image.beam) return;
  const double width = layout.page_width(), height = layout.page_height();
  const double pixel = image.wcs.pixel_rad(), on_page = layout.page_per_pixel(small.factor);
  const double major = image.beam->major_rad / pixel, minor = image.beam->minor_rad / pixel;
  double times = 1;
  for (const double larger : {1, 2, 5, 10, 20, 50})
    if (major * on_page * times < kBeamOnPage) times = larger;
  const double shown = major * times, middle = 0.7 * shown + 10 / on_page;
  std::string text = format(
      "beam %.1f\" x %.1f\", %.0f\xc2\xb0", image.beam->major_rad / astro::kArcsec,
      image.beam->minor_rad / astro::kArcsec, image.beam->position_angle_rad / astro::kDegree);
  if (times > 1) text += format(" (%.0f times as large)", times);
  page.add(format("set object 1 rectangle from -0.5,-0.5 to %g,%g front fillcolor rgb 'white' "
                  "fillstyle solid 1 border rgb 'black'\n",
                  2 * middle, 2 * middle) +
           format("set object 2 ellipse at %g,%g size %g,%g angle %g units xx front fillcolor rgb "
                  "'#444444' fillstyle solid 1 border rgb 'black'\n",
                  middle, middle, shown, minor * times,
                  90 + image.beam->position_angle_rad / astro::kDegree) +
           format("set label %s at screen %.6f,%.6f left font ',13'", plot::quoted(text).c_str(),
                  kLeft / width, 26 / height));
}

std::string shortened(const std::string& text, const Layout& layout) {
  const auto most =
      static_cast<std::size_t>((layout.page_width() - kLeft - kBeforeVerdict) / kLetter);
  return text.size() <= most ? text : text.substr(0, most - 3) + "...";
}

void add_title(const fits::Image& image, const Annotations& annotations, double rms_jy,
               const GreyScale& scale, const Layout& layout, plot::Page& page) {
  const double height = layout.page_height(), width = layout.page_width();
  const char* colour = annotations.verdict.compare(0, 4, "PASS") == 0   ? "#117733"
                       : annotations.verdict.compare(0, 4, "WARN") == 0 ? "#bb6600"
                                                                        : "#bb1100";
  std::string first = annotations.title;
  if (std::isfinite(image.frequency_hz)) first += format("   %.0f MHz", image.frequency_hz / 1e6);
  std::string second = format("rms %.3g ", rms_jy * (scale.unit()[0] == 'J'   ? 1
                                                     : scale.unit()[0] == 'm' ? 1e3
                                                                              : 1e6)) +
                       scale.unit();
  page.add("set label " + plot::quoted(first) +
           format(" at screen %.6f,%.6f left font ',18'\n", kLeft / width, 1 - 34 / height) +
           "set label " + plot::quoted(second) +
           format(" at screen %.6f,%.6f left font ',14'\n", kLeft / width, 1 - 72 / height) +
           "set label " + plot::quoted(shortened(annotations.verdict, layout)) +
           format(" at screen %.6f,%.6f left font ',14' textcolor rgb '%s'\n",
                  (kLeft + kBeforeVerdict) / width, 1 - 72 / height, colour) +
           "set colorbox user origin screen " +
           format("%.6f,%.6f size screen %.6f,%.6f border\n", 1 - (kRight - 22) / width,
                  kBottom / height, 22 / width, 1 - (kBottom + kTop) / height) +
           "set cbtics " + scale.tics() + "\nset cblabel " + plot::quoted(scale.unit()) +
           " font ',14' offset 3,0\n" +
           format("set key at screen %.6f,%.6f right horizontal font ',13' samplen 2 spacing 1.2",
                  1 - kRight / width, 26 / height));
}

}  // namespace

void draw_image(const std::string& path, const fits::Image& image, const Annotations& annotations) {
  const double rms_jy = noise_of(image, annotations.rms_jy);
  const SmallImage small = smaller(image, kMostPixels, rms_jy);
  const Layout layout = layout_of(small);
  const GreyScale scale(rms_jy);
  plot::Page page(layout.page_width(), layout.page_height());
  add_pixels(small, scale, page);
  add_frame(image, small, layout, page);
  add_beam(image, layout, small, page);
  add_title(image, annotations, rms_jy, scale, layout, page);
  std::string plots;
  if (small.blank())
    page.add("set label 'every pixel is blank' at graph 0.5,0.5 center front font ',24'");
  else
    plots = image_plot(small) + ", ";
  plots += "$grid with lines lc rgb '#3377bb' lw 1.6 dt 3 notitle";
  if (annotations.beam != nullptr) {
    page.add_block("outline",
                   rows_of({{"", beam_outline(*annotations.beam, annotations.cut, image)}}));
    plots += format(", $outline with lines lc rgb '#228833' lw 2 dt 2 title 'primary beam at %g'",
                    annotations.cut);
  }
  if (add_places("catalogue", annotations.catalogue, image, page))
    plots += ", $catalogue with points pt 6 ps 3.4 lw 1.4 lc rgb '#1166cc' title 'catalogue'";
  if (add_places("detected", annotations.detected, image, page))
    plots += ", $detected with points pt 4 ps 2.4 lw 1.4 lc rgb '#dd3311' title 'detected'";
  page.add("plot " + plots);
  page.write_png(path);
}

void draw_thumbnail(const std::string& path, const fits::Image& image) {
  const double rms_jy = noise_of(image, 0);
  const SmallImage small = smaller(image, kThumbnail, rms_jy);
  plot::Page page(kThumbnail, kThumbnail);
  add_pixels(small, GreyScale(rms_jy), page);
  const auto longest = static_cast<double>(std::max(small.n_x, small.n_y));
  const double side = (1 - static_cast<double>(small.n_x) / longest) / 2;
  const double below = (1 - static_cast<double>(small.n_y) / longest) / 2;
  page.add("unset border; unset tics; unset key; unset colorbox\n" +
           format("set lmargin at screen %.6f; set rmargin at screen %.6f\n"
                  "set bmargin at screen %.6f; set tmargin at screen %.6f",
                  side, 1 - side, below, 1 - below));
  page.add(format("set xrange [-0.5:%g]; set yrange [-0.5:%g]",
                  static_cast<double>(small.n_x * small.factor) - 0.5,
                  static_cast<double>(small.n_y * small.factor) - 0.5));
  page.add(small.blank() ? "set label 'blank' at graph 0.5,0.5 center; plot -1 notitle"
                         : "plot " + image_plot(small));
  page.write_png(path);
}

}  // namespace contimg::picture
