// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/uv_range.h"

#include "astro/constants.h"
#include "base/error.h"

namespace contimg::calibrate {

UvRange parse_uv_range(const std::string& text, double frequency_hz) {
  UvRange range;
  std::string rest;
  for (const char c : text)
    if (c != ' ') rest += c;
  if (rest.empty()) return range;
  const auto refuse = [&]() -> UsageError {
    return UsageError("--uvrange " + text +
                      ": not understood, expected e.g. '>1klambda', '<500m' or '100~2000m'");
  };
  const char sense = rest[0];
  if (sense == '>' || sense == '<') rest.erase(0, 1);
  double unit_m = 1;
  const auto ends_with = [&](const std::string& end) {
    if (rest.size() < end.size() || rest.compare(rest.size() - end.size(), end.size(), end) != 0)
      return false;
    rest.erase(rest.size() - end.size());
    return true;
  };
  const double wavelength_m = astro::kSpeedOfLight / frequency_hz;
  if (ends_with("klambda"))
    unit_m = 1000 * wavelength_m;
  else if (ends_with("lambda"))
    unit_m = wavelength_m;
  else if (ends_with("km"))
    unit_m = 1000;
  else
    ends_with("m");
  const auto number = [&](const std::string& word) {
    std::size_t used = 0;
    double value = 0;
    try {
      value = std::stod(word, &used);
    } catch (const std::logic_error&) {
      throw refuse();
    }
    if (used != word.size() || !(value >= 0)) throw refuse();
    return value * unit_m;
  };
  const std::size_t to = rest.find('~');
  if (sense == '>') {
    range.min_m = number(rest);
  } else if (sense == '<') {
    range.max_m = number(rest);
  } else {
    if (to == std::string::npos) throw refuse();
    range.min_m = number(rest.substr(0, to));
    range.max_m = number(rest.substr(to + 1));
    if (range.min_m > range.max_m) throw refuse();
  }
  return range;
}

}  // namespace contimg::calibrate
