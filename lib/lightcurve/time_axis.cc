// SPDX-License-Identifier: GPL-3.0-or-later
#include "lightcurve/time_axis.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "astro/epoch.h"
#include "base/clock.h"
#include "plot/gnuplot.h"

namespace contimg::lightcurve {
namespace {

constexpr double kMostTicks = 8;
// A tick that lies on the end of the axis to rounding lies on the axis.
constexpr double kSlack = 1e-6;

Ticks even_ticks(double from, double until, double step, std::string (*label)(double, double)) {
  Ticks ticks;
  for (double i = std::ceil(from / step - kSlack); i * step <= until + kSlack * step; ++i)
    ticks.emplace_back(i * step, label(i * step, step));
  return ticks;
}

std::string mjd_label(double mjd, double step) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", step < 0.0999 ? 2 : step < 0.999 ? 1 : 0, mjd);
  return text;
}

std::string date_label(double mjd, double step) {
  // A tick is whole minutes: half a second keeps rounding from the minute before.
  std::string text = astro::format_stamp(std::round(mjd * 1440) * 60 + 0.5);
  text[10] = ' ';
  return text.substr(0, step < 0.999 ? 16 : 10);
}

double first_of_month_mjd(int year, int month) {
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02d-01T00:00:00", year, month + 1);
  return astro::parse_stamp(text).value_or(0) / kDay_s;
}

// `step` months; months count from 0.
Ticks month_ticks(double from, double until, int step) {
  const std::string first = astro::format_date(from * kDay_s);
  int year = std::atoi(first.substr(0, 4).c_str());
  int month = (std::atoi(first.substr(5, 2).c_str()) - 1) / step * step;
  if (step > 12) year -= year % (step / 12);
  Ticks ticks;
  for (; first_of_month_mjd(year, month) <= until && year < 9000; month += step) {
    year += month / 12;
    month %= 12;
    const double mjd = first_of_month_mjd(year, month);
    if (mjd >= from && mjd <= until) ticks.emplace_back(mjd, date_label(mjd, step * 28));
  }
  return ticks;
}

}  // namespace

Ticks mjd_ticks(double from_mjd, double until_mjd) {
  const double least = (until_mjd - from_mjd) / kMostTicks;
  double step = 0.01;
  for (int i = 0; step < least; ++i) step *= i % 3 == 1 ? 2.5 : 2;
  return even_ticks(from_mjd, until_mjd, step, mjd_label);
}

Ticks date_ticks(double from_mjd, double until_mjd) {
  const double least = (until_mjd - from_mjd) / (kMostTicks - 1);
  for (const double minutes :
       {1, 2, 5, 10, 20, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 14400})
    if (minutes / 1440 >= least) return even_ticks(from_mjd, until_mjd, minutes / 1440, date_label);
  for (const int months : {1, 2, 3, 6, 12, 24, 60})
    if (months * 30.4 >= least) return month_ticks(from_mjd, until_mjd, months);
  return month_ticks(from_mjd, until_mjd, 120);
}

std::string gnuplot_ticks(const Ticks& ticks) {
  std::string text;
  for (const auto& [place, label] : ticks) {
    char number[40];
    std::snprintf(number, sizeof number, "%.9f", place);
    text += (text.empty() ? "(" : ", ") + plot::quoted(label) + " " + number;
  }
  return text.empty() ? "()" : text + ")";
}

}  // namespace contimg::lightcurve
