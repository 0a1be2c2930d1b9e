// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "lightcurve/curve.h"
#include "lightcurve/table.h"

/// What query-lightcurve shows, as tables; the columns are told in docs/tools/query-lightcurve.md.
namespace contimg::lightcurve {

/// A light curve as it was asked for.
struct LightCurve {
  Source source;
  std::vector<CurvePoint> points;  ///< In order of time; flux densities normalised, or raw.
  variability::Figures figures;
  std::vector<RecordedCandidate> candidates;  ///< Of this source.
  bool raw = false;                           ///< Before normalisation.
};

/// A source of a list.
struct ListedSource {
  SourceMatch match;
  variability::Figures figures;
};

Table curve_table(const LightCurve& curve);
/// The light curve as one JSON object on one line: source, figures, candidates, points.
std::string curve_as_json(const LightCurve& curve);

Table source_table(const std::vector<ListedSource>& sources);
Table candidate_table(const std::vector<RecordedCandidate>& candidates);
Table field_table(const std::vector<FieldRow>& rows);

/// The same in fewer columns, flux densities in mJy and times as dates, for people.
Table short_candidate_table(const std::vector<RecordedCandidate>& candidates);
Table short_field_table(const std::vector<FieldRow>& rows);

/// "22:55:03.20 +15:30:12.0"
std::string place_text(const astro::Direction& place);

}  // namespace contimg::lightcurve
