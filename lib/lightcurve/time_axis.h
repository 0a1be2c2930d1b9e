// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace contimg::lightcurve {

/// Where an axis has its ticks, and what they say.
using Ticks = std::vector<std::pair<double, std::string>>;

/// Round MJDs within [from, until], at most 9 of them.
Ticks mjd_ticks(double from_mjd, double until_mjd);

/// Beginnings of years, months, days, hours or minutes, whichever are few enough: at most 8.
Ticks date_ticks(double from_mjd, double until_mjd);

/// "('61000' 61000, '61010' 61010)", as gnuplot's set xtics has it.
std::string gnuplot_ticks(const Ticks& ticks);

}  // namespace contimg::lightcurve
