// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>
#include <string>

#include "astro/constants.h"
#include "base/subprocess.h"
#include "lightcurve/listing.h"

/// Light curves made by hand, for tables and pictures.
namespace contimg::lightcurve::made {

inline Source source() {
  Source source;
  source.id = 17;
  source.name = "J2255+1530";
  source.origin = "catalogue";
  source.position = {343.7633333 * astro::kPi / 180, 15.5033333 * astro::kPi / 180};
  source.catalogue_flux_jy = 0.12;
  source.names = {"J2255+1530", "B2253+152"};
  return source;
}

/// A point every `step` days: every 7th not normalised, 11th flagged, 13th a limit, 17th missing.
inline LightCurve curve(std::size_t n, double step_days = 1.0, double flux_jy = 0.12) {
  std::mt19937_64 random(51);
  std::normal_distribution<double> gaussian;
  LightCurve curve;
  curve.source = source();
  variability::Sums sums;
  for (std::size_t i = 0; i < n; ++i) {
    CurvePoint p;
    p.epoch_id = static_cast<std::int64_t>(i) + 1;
    p.mjd = 61065.935 + step_days * static_cast<double>(i);
    p.group_id = "2026-01-25T22:26:05";
    p.kind = "forced";
    p.gain = 1.05;
    p.gain_error = 0.004;
    p.error_jy = 0.03 * flux_jy;
    p.flux_jy = flux_jy * (i > n / 2 && i < n / 2 + 5 ? 0.7 : 1.0) + p.error_jy * gaussian(random);
    p.raw_flux_jy = p.flux_jy * p.gain;
    p.raw_error_jy = p.error_jy * p.gain;
    p.usable = true;
    p.verdict = "PASS";
    p.calibration_set = "set-1";
    p.image_path = "images/a, \"b\" <c>.fits";
    if (i % 7 == 6) {
      p.gain = 1;
      p.gain_error = kUnknown;
      p.gain_reason = "2 of 4 references usable, expected at least 3";
      p.error_jy *= 2;
    }
    if (i % 11 == 10) {
      p.usable = false;
      p.flags = 1 | 8;
      p.flux_jy *= i % 2 == 0 ? 1.2 : 9;
    }
    if (i % 13 == 12) {
      p.usable = false;
      p.flux_jy = p.error_jy = p.raw_flux_jy = p.raw_error_jy = kUnknown;
      p.limit_jy = flux_jy * 1.05;
      p.reason = "below 3 sigma";
    }
    if (i % 17 == 16) {
      p.usable = false;
      p.kind = "missing";
      p.flux_jy = p.error_jy = p.raw_flux_jy = p.raw_error_jy = p.limit_jy = kUnknown;
      p.reason = "the image is blank there";
    }
    if (p.usable) sums.add({p.mjd, p.flux_jy, p.error_jy});
    curve.points.push_back(p);
  }
  curve.figures = variability::figures_of(sums);
  RecordedCandidate ese;
  ese.source = curve.source;
  ese.kind = "ese";
  ese.significance = 7.3;
  ese.since_mjd = 61065.935 + step_days * static_cast<double>(n / 2 + 1);
  ese.until_mjd = ese.since_mjd + 3 * step_days;
  ese.depth = -0.3;
  ese.reason = "4 consecutive points average 30 % below the others: expected at most 5";
  ese.figures = curve.figures;
  curve.candidates.push_back(ese);
  return curve;
}

inline std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// What Debian's Python, which has astropy, says.
inline Outcome python(const std::string& script) {
  Command command;
  command.program = "/usr/bin/python3";
  command.arguments = {"-c", script};
  command.timeout_s = 120;
  return run_program(command);
}

}  // namespace contimg::lightcurve::made
