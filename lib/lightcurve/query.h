// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "base/settings.h"

/// The questions of query-lightcurve.
namespace contimg::lightcurve {

enum class Format { automatic, csv, json, votable };

/// One question: a source by name, by id or by cone; or the candidates; or the field.
struct Query {
  std::string name;
  std::int64_t id = 0;
  std::string ra, dec;  ///< Degrees, or hours and degrees with minutes.
  double radius_arcsec = 30;
  bool variables = false, field = false;
  std::string from, until;     ///< A date, a time (UTC) or an MJD; empty: all.
  bool raw = false;            ///< Values before normalisation.
  std::size_t min_points = 2;  ///< Of a source of the field.
  Format format = Format::automatic;
  std::string output, plot;  ///< Files; empty: none.
};

/// Answers it: writes the files, and returns what is for stdout.
///
/// Notes: light curves are CSV unless asked otherwise, candidates and field are a text for people. A
/// plot is drawn instead of a table, unless a format or an output is named too; then stdout has the
/// paths. Figures of a part of a curve, or of raw values, are computed anew; else they are those
/// that are stored.
/// Throws UsageError for a question that is none or many, DataError for a source that is not there,
/// with what is near in spelling or in place.
std::string answer(const Settings& settings, const Query& query);

}  // namespace contimg::lightcurve
