// SPDX-License-Identifier: GPL-3.0-or-later
#include "skymodel/source_name.h"

#include <cctype>
#include <cmath>
#include <cstdio>

#include "astro/constants.h"

namespace contimg::skymodel {
namespace {

// A position read from text may lie 1e-12 below the digit that was written.
constexpr double kRounding = 1e-6;

struct Sexagesimal {
  int whole, minute;
  double second;
};

Sexagesimal split(double value, double add_s) {
  const double seconds = value * 3600 + add_s;
  const int whole = static_cast<int>(seconds / 3600);
  const int minute = static_cast<int>((seconds - whole * 3600.0) / 60);
  return {whole, minute, seconds - whole * 3600.0 - minute * 60.0};
}

double ra_hours(const astro::Direction& position) {
  const double turn = std::fmod(position.ra_rad, 2 * astro::kPi);
  return (turn < 0 ? turn + 2 * astro::kPi : turn) / astro::kDegree / 15;
}

}  // namespace

std::string name_key(const std::string& name) {
  std::string key;
  for (const char c : name)
    if (!std::isspace(static_cast<unsigned char>(c)))
      key += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return key;
}

std::string j_name(const astro::Direction& position) {
  const Sexagesimal ra = split(ra_hours(position), kRounding);
  const Sexagesimal dec = split(std::abs(position.dec_rad) / astro::kDegree, kRounding);
  char text[64];
  std::snprintf(text, sizeof text, "J%02d%02d%c%02d%02d", ra.whole % 24, ra.minute,
                std::signbit(position.dec_rad) ? '-' : '+', dec.whole, dec.minute);
  return text;
}

std::string long_j_name(const astro::Direction& position) {
  const Sexagesimal ra = split(ra_hours(position), kRounding);
  const Sexagesimal dec = split(std::abs(position.dec_rad) / astro::kDegree, kRounding);
  char text[96];
  std::snprintf(text, sizeof text, "J%02d%02d%02d%c%02d%02d%02d", ra.whole % 24, ra.minute,
                static_cast<int>(ra.second), std::signbit(position.dec_rad) ? '-' : '+', dec.whole,
                dec.minute, static_cast<int>(dec.second));
  return text;
}

std::string format_position(const astro::Direction& position) {
  // Half of the last digit first, so that 59.99999 does not become 60.
  const Sexagesimal ra = split(ra_hours(position), 0.00005);
  const Sexagesimal dec = split(std::abs(position.dec_rad) / astro::kDegree, 0.0005);
  char text[96];
  std::snprintf(text, sizeof text, "%02dh%02dm%07.4fs %c%02dd%02d'%06.3f\"", ra.whole % 24,
                ra.minute, std::floor(ra.second * 1e4) / 1e4,
                std::signbit(position.dec_rad) ? '-' : '+', dec.whole, dec.minute,
                std::floor(dec.second * 1e3) / 1e3);
  return text;
}

}  // namespace contimg::skymodel
