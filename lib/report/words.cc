// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/words.h"

#include <cmath>
#include <cstdio>

#include "astro/epoch.h"
#include "base/clock.h"

namespace contimg::report {
namespace {

constexpr std::size_t kDateLength = 10, kClockBegin = 11, kClockLength = 5;

std::string stamp(double unix_s) { return astro::format_stamp(astro::mjd_s_from_unix_s(unix_s)); }

}  // namespace

std::string fixed(double value, int decimals) {
  if (!std::isfinite(value)) return "-";
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

std::string utc(double unix_s) {
  if (!std::isfinite(unix_s) || unix_s <= 0) return "-";
  std::string text = stamp(unix_s);
  if (text.size() > kDateLength) text[kDateLength] = ' ';
  return text + " UTC";
}

std::string clock_utc(double unix_s) {
  if (!std::isfinite(unix_s) || unix_s <= 0) return "-";
  const std::string text = stamp(unix_s);
  return text.size() > kClockBegin ? text.substr(kClockBegin, kClockLength) : text;
}

std::string duration(double seconds) {
  if (!std::isfinite(seconds)) return "-";
  const double size_s = std::abs(seconds);
  if (size_s < 10) return fixed(seconds, 1) + " s";
  if (size_s < 2 * kMinute_s) return fixed(seconds, 0) + " s";
  if (size_s < 2 * kHour_s) return fixed(seconds / kMinute_s, 1) + " min";
  if (size_s < 2 * kDay_s) return fixed(seconds / kHour_s, 1) + " h";
  return fixed(seconds / kDay_s, 1) + " d";
}

std::string size(double bytes) {
  if (!std::isfinite(bytes)) return "-";
  if (bytes < 1000) return fixed(bytes, 0) + " B";
  const char* units[] = {"kB", "MB", "GB", "TB", "PB"};
  int unit = 0;
  for (bytes /= 1000; bytes >= 1000 && unit < 4; ++unit) bytes /= 1000;
  return fixed(bytes, bytes < 100 ? 1 : 0) + " " + units[unit];
}

std::string flux(double jy) {
  if (!std::isfinite(jy)) return "-";
  if (std::abs(jy) >= 1) return fixed(jy, 3) + " Jy";
  const double mjy = jy * 1e3;
  return std::abs(mjy) >= 100 ? fixed(mjy, 1) + " mJy" : fixed(mjy, 3) + " mJy";
}

std::string percent(double share) {
  if (!std::isfinite(share)) return "-";
  const double hundredths = share * 100;
  return fixed(hundredths, std::abs(hundredths) < 1 ? 2 : 1) + " %";
}

std::string counted(long long n, const std::string& noun) {
  return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
}

std::string shortened(const std::string& text, std::size_t n) {
  if (text.size() <= n) return text;
  const auto continues = [&](std::size_t i) {
    return (static_cast<unsigned char>(text[i]) & 0xC0U) == 0x80U;
  };
  while (n > 0 && continues(n)) --n;
  return text.substr(0, n) + "...";
}

}  // namespace contimg::report
