// SPDX-License-Identifier: GPL-3.0-or-later
#include "plot/gnuplot.h"

#include <cmath>
#include <cstdio>
#include <fstream>
#include <utility>

#include "base/atomic_output.h"
#include "base/error.h"
#include "base/file_bytes.h"
#include "base/subprocess.h"

namespace contimg::plot {
namespace {

constexpr double kTimeout_s = 120;

std::string number(double value) {
  if (!std::isfinite(value)) return "NaN";
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

// What gnuplot reads: beside the picture, and gone when it is drawn or not.
class AsideFiles {
 public:
  explicit AsideFiles(std::string stem) : stem_(std::move(stem)) {}
  ~AsideFiles() {
    for (const std::string& path : paths_) std::remove(path.c_str());
  }
  AsideFiles(const AsideFiles&) = delete;
  AsideFiles& operator=(const AsideFiles&) = delete;

  std::string write(const std::string& kind, const std::string& content) const {
    paths_.push_back(stem_ + "." + kind);
    std::ofstream file(paths_.back(), std::ios::binary);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
    file.close();
    if (!file)
      throw TemporaryError(paths_.back() + ": cannot be written; check the room on its disk");
    return paths_.back();
  }

 private:
  std::string stem_;
  mutable std::vector<std::string> paths_;
};

// gnuplot's libraries pass over writes that fail. Every chunk of a PNG says how long it is, and the last
// is empty: what is missing anywhere shifts it.
bool is_whole_png(const std::string& path) {
  const std::string bytes = file_bytes(path).value_or("");
  const auto length_at = [&](std::size_t at) {
    std::size_t value = 0;
    for (std::size_t i = at; i < at + 4; ++i)
      value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
  };
  constexpr std::size_t kSignature = 8, kFrame = 12;  // a chunk's length, name and checksum
  std::size_t at = kSignature;
  while (at + kFrame <= bytes.size()) {
    const bool last = bytes.compare(at + 4, 4, "IEND") == 0;
    at += kFrame + length_at(at);
    if (last) return at == bytes.size();
  }
  return false;
}

bool is_whole_svg(const std::string& path) {
  return file_bytes(path).value_or("").find("</svg>") != std::string::npos;
}

}  // namespace

void Page::add_block(const std::string& name, const std::vector<std::vector<double>>& rows) {
  script_ += "$" + name + " << END_OF_BLOCK\n";
  for (const std::vector<double>& row : rows) {
    for (const double value : row) script_ += number(value) + " ";
    script_ += "\n";
  }
  script_ += "END_OF_BLOCK\n";
}

void Page::add_pixels(const std::string& name, std::vector<float> pixels) {
  pixels_[name] = std::move(pixels);
}

void Page::add(const std::string& commands) { script_ += commands + "\n"; }

void Page::write_png(const std::string& path) const { draw(path, "pngcairo"); }
void Page::write_svg(const std::string& path) const { draw(path, "svg"); }

void Page::draw(const std::string& path, const std::string& terminal) const {
  AtomicOutput picture(path, this_process(0), true);
  const AsideFiles aside(picture.path());
  std::string script = "set encoding utf8\nset terminal " + terminal + " size " +
                       std::to_string(width_) + "," + std::to_string(height_) +
                       " noenhanced font 'sans,10' background 'white'\nset output " +
                       quoted(picture.path()) + "\n";
  for (const auto& [name, pixels] : pixels_) {
    const auto* bytes = reinterpret_cast<const char*>(pixels.data());
    script +=
        name + " = " + quoted(aside.write(name, {bytes, pixels.size() * sizeof(float)})) + "\n";
  }
  Command command;
  command.program = "gnuplot";
  command.arguments = {aside.write("gnuplot", script + script_ + "unset output\n")};
  command.timeout_s = kTimeout_s;
  const Outcome outcome = run_program(command);
  if (outcome.exit_code != 0)
    throw TemporaryError(path + ": gnuplot failed, " + outcome.error_tail);
  if (!(terminal == "svg" ? is_whole_svg : is_whole_png)(picture.path()))
    throw TemporaryError(path + ": gnuplot drew a part of it only; check the room on its disk");
  picture.commit();
}

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char letter : text) {
    if (letter == '\'') result += '\'';
    result += letter == '\n' ? ' ' : letter;
  }
  return result + "'";
}

}  // namespace contimg::plot
