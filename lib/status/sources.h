// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "lightcurve/curve.h"
#include "status/exchange.h"

/// Answers from the database of light curves.
namespace contimg::status {

/// Sources in order of their ids. Given: those after `after`; with a place, those within the radius of
/// it, nearest first, instead.
struct SourceQuestion {
  std::int64_t after = 0;
  int limit = 100;
  std::optional<double> ra_deg, dec_deg;
  double radius_arcsec = 30;
  int min_points = 0;
};
Json source_list(lightcurve::Curves& curves, const SourceQuestion& question);
/// The same as CSV.
std::string source_table(lightcurve::Curves& curves, const SourceQuestion& question);

/// The source of an id or a name. Throws Refused 404.
lightcurve::Source known_source(lightcurve::Curves& curves, const std::string& id);
Json source_detail(lightcurve::Curves& curves, const std::string& id);

/// The points between two times, in order of time: JSON as text.
std::string light_curve(lightcurve::Curves& curves, const std::string& id, double from_unix_s,
                        double until_unix_s);
std::string light_curve_table(lightcurve::Curves& curves, const std::string& id, double from_unix_s,
                              double until_unix_s);
Json variability(lightcurve::Curves& curves, const std::string& id);
/// Candidates, the most significant first.
Json variables(lightcurve::Curves& curves, int limit);

}  // namespace contimg::status
