// SPDX-License-Identifier: GPL-3.0-or-later
#include "astro/epoch.h"

#include <erfa.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>

#include "astro/constants.h"
#include "base/clock.h"

namespace contimg::astro {
namespace {

constexpr double kMjdSecondsOfUnix0 = kUnixEpoch_mjd * kDay_s;
constexpr double kMjdOfYear1 = -678575;        // 0001-01-01
constexpr double kMjdOfYear10000 = 2973484.0;  // 10000-01-01, the first that needs five digits

struct CivilTime {
  int year, month, day, hour, minute, second;
};

std::optional<CivilTime> civil_time(std::int64_t whole_seconds) {
  const std::int64_t seconds_per_day = 86400;
  std::int64_t mjd = whole_seconds / seconds_per_day;
  std::int64_t second = whole_seconds % seconds_per_day;
  if (second < 0) {
    second += seconds_per_day;
    --mjd;
  }
  CivilTime civil{};
  double fraction = 0;
  if (eraJd2cal(kJdOfMjd0, static_cast<double>(mjd), &civil.year, &civil.month, &civil.day,
                &fraction) != 0) {
    return std::nullopt;
  }
  civil.hour = static_cast<int>(second / 3600);
  civil.minute = static_cast<int>(second / 60 % 60);
  civil.second = static_cast<int>(second % 60);
  return civil;
}

bool has_four_digit_year(double time_mjd_s) {  // false for NaN too
  const double mjd = time_mjd_s / kDay_s;
  return mjd >= kMjdOfYear1 && mjd < kMjdOfYear10000;
}

std::optional<CivilTime> civil_time_of(double time_mjd_s) {
  if (!has_four_digit_year(time_mjd_s)) return std::nullopt;
  return civil_time(static_cast<std::int64_t>(std::floor(time_mjd_s)));
}

// Reads `count` digits at `position`; -1 if there are not so many.
int digits(const std::string& text, std::size_t position, std::size_t count) {
  if (position + count > text.size()) return -1;
  int value = 0;
  for (std::size_t i = position; i < position + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = 10 * value + (text[i] - '0');
  }
  return value;
}

// Reads what may follow the whole seconds: a fraction, a Z, both or nothing.
std::optional<double> fraction_and_zone(const std::string& text, std::size_t position) {
  double fraction = 0;
  if (position < text.size() && text[position] == '.') {
    double numerator = 0;
    double denominator = 1;
    const std::size_t first = ++position;
    for (; position < text.size() && text[position] >= '0' && text[position] <= '9'; ++position) {
      if (position - first >= 15) continue;  // more than a double holds
      numerator = 10 * numerator + (text[position] - '0');
      denominator *= 10;
    }
    if (position == first) return std::nullopt;
    fraction = numerator / denominator;
  }
  if (position < text.size() && text[position] == 'Z') ++position;
  if (position != text.size()) return std::nullopt;
  return fraction;
}

const char* const kNotATime = "not-a-time";

}  // namespace

// The difference from 2400000.5 is exact (both are multiples of 2^-31 day); the product rounds
// to 1 microsecond, 40 times finer than the JD was.
double mjd_s_from_jd(double jd) { return (jd - kJdOfMjd0) * kDay_s; }

double jd_from_mjd_s(double time_mjd_s) { return time_mjd_s / kDay_s + kJdOfMjd0; }

double mjd_s_from_unix_s(double time_unix_s) { return time_unix_s + kMjdSecondsOfUnix0; }

double unix_s_from_mjd_s(double time_mjd_s) { return time_mjd_s - kMjdSecondsOfUnix0; }

std::string format_stamp(double time_mjd_s) {
  const auto civil = civil_time_of(time_mjd_s);
  if (!civil) return kNotATime;
  char text[80];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d", civil->year, civil->month,
                civil->day, civil->hour, civil->minute, civil->second);
  return text;
}

std::string format_date(double time_mjd_s) {
  const auto civil = civil_time_of(time_mjd_s);
  if (!civil) return kNotATime;
  char text[48];
  std::snprintf(text, sizeof text, "%04d-%02d-%02d", civil->year, civil->month, civil->day);
  return text;
}

std::string format_time(double time_mjd_s) {
  if (!has_four_digit_year(time_mjd_s)) return kNotATime;
  double whole = std::floor(time_mjd_s);
  long milliseconds = std::lround((time_mjd_s - whole) * 1000);
  if (milliseconds == 1000) {
    milliseconds = 0;
    whole += 1;
  }
  const std::string stamp = format_stamp(whole);
  if (stamp == kNotATime) return stamp;
  char text[24];
  std::snprintf(text, sizeof text, ".%03ld", milliseconds);
  return stamp + text;
}

std::optional<double> parse_stamp(const std::string& text) {
  const int year = digits(text, 0, 4);
  const int month = digits(text, 5, 2);
  const int day = digits(text, 8, 2);
  const int hour = digits(text, 11, 2);
  const int minute = digits(text, 14, 2);
  const int second = digits(text, 17, 2);
  if (year < 1 || month < 0 || day < 0 || hour < 0 || minute < 0 || second < 0) {
    return std::nullopt;
  }
  if (text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != ' ') || text[13] != ':' ||
      text[16] != ':') {
    return std::nullopt;
  }
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  double jd_of_mjd0 = 0;
  double mjd = 0;
  if (eraCal2jd(year, month, day, &jd_of_mjd0, &mjd) != 0) return std::nullopt;
  const auto fraction = fraction_and_zone(text, 19);
  if (!fraction) return std::nullopt;
  return mjd * kDay_s + (3600 * hour + 60 * minute + second) + *fraction;
}

double now_unix_s() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

}  // namespace contimg::astro
