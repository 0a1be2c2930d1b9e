// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdio>
#include <map>
#include <string>
#include <vector>

/// Pictures. gnuplot draws them, as a program: it is in Debian, draws axes, keys and images well,
/// needs no display, and is neither linked nor loaded by tools that draw nothing.
namespace contimg::plot {

/// A line as printf() makes it, at most 511 bytes.
template <typename... Values>
std::string formatted(const char* format, Values... values) {
  char buffer[512];
  std::snprintf(buffer, sizeof buffer, format, values...);
  return buffer;
}

/// A page being put together: gnuplot's commands, and named blocks of numbers for them.
class Page {
 public:
  Page(int width_pixel, int height_pixel) : width_(width_pixel), height_(height_pixel) {}

  /// Adds the block `$name`, one row of numbers a line; NaN stands for a gap.
  void add_block(const std::string& name, const std::vector<std::vector<double>>& rows);
  /// Adds a picture's pixels, [y, x] upwards, for `plot NAME binary array=(n_x,n_y) format='%float'`.
  /// Pixels that are NaN are not drawn.
  void add_pixels(const std::string& name, std::vector<float> pixels);
  /// Adds commands, as in a script.
  void add(const std::string& commands);

  /// Draws the page into `path`, a PNG, replacing an older one when it is whole.
  /// Throws TemporaryError when gnuplot is missing or fails, in its own words.
  void write_png(const std::string& path) const;
  /// The same page as an SVG: its size is that of the view box.
  void write_svg(const std::string& path) const;

 private:
  void draw(const std::string& path, const std::string& terminal) const;

  int width_, height_;
  std::string script_;
  std::map<std::string, std::vector<float>> pixels_;
};

/// Text in quotes, so that gnuplot takes it as it is.
std::string quoted(const std::string& text);

}  // namespace contimg::plot
