// SPDX-License-Identifier: GPL-3.0-or-later
#include "lightcurve/query.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <utility>
#include <vector>

#include "astro/constants.h"
#include "astro/epoch.h"
#include "base/atomic_output.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/similar_word.h"
#include "lightcurve/curve.h"
#include "lightcurve/listing.h"
#include "lightcurve/plot.h"
#include "skymodel/angle_text.h"

namespace contimg::lightcurve {
namespace {

using astro::kArcsec;
using astro::kDegree;
// How far the nearest source may be to be told when a cone is empty.
constexpr double kNear_rad = 1 * kDegree;

double angle_deg(const char* option, const std::string& text, bool hours) {
  const std::optional<skymodel::AngleText> angle = skymodel::read_angle(text);
  const bool in_hours =
      angle && hours && (angle->unit == 'h' || (angle->sexagesimal && angle->unit != 'd'));
  const double degrees = angle ? angle->value * (in_hours ? 15 : 1) : 0;
  if (!angle || (!hours && angle->unit == 'h') || std::abs(degrees) > (hours ? 360 : 90))
    throw UsageError(std::string(option) + ": \"" + text + "\" is no angle, expected " +
                     (hours ? "degrees or HH:MM:SS" : "degrees or DD:MM:SS"));
  return degrees;
}

double time_mjd(const char* option, const std::string& text, double otherwise) {
  if (text.empty()) return otherwise;
  if (const auto mjd = skymodel::read_number(text)) return *mjd;
  for (const std::string& stamp : {text, text + "T00:00:00"})
    if (const auto time_mjd_s = astro::parse_stamp(stamp)) return *time_mjd_s / kDay_s;
  throw UsageError(std::string(option) + ": \"" + text +
                   "\" is no time, expected YYYY-MM-DD, YYYY-MM-DDTHH:MM:SS or an MJD");
}

void check_question(const Query& query) {
  const bool cone = !query.ra.empty() || !query.dec.empty();
  const int n = (query.name.empty() ? 0 : 1) + (query.id != 0 ? 1 : 0) + (cone ? 1 : 0) +
                (query.variables ? 1 : 0) + (query.field ? 1 : 0);
  if (n != 1)
    throw UsageError(
        "query-lightcurve: expected one of a name, --id, --ra with --dec, --variables and --field");
  if (query.ra.empty() != query.dec.empty())
    throw UsageError("query-lightcurve: --ra and --dec go together");
  if (query.variables && !query.plot.empty())
    throw UsageError("--plot: a list of candidates cannot be drawn, expected a source or --field");
  if (!query.plot.empty()) check_plot_name(query.plot);
}

std::vector<std::string> all_names(Curves& curves) {
  std::vector<std::string> names;
  Statement rows(curves.database(), "SELECT name FROM source_name");
  while (rows.step()) names.push_back(rows.text(0));
  return names;
}

std::string arcsec_text(double angle_rad) {
  return number_text(angle_rad / kArcsec, "%.4g") + " arcsec";
}

// A source that was asked for by name or number.
Source named_source(Curves& curves, const Query& query) {
  if (query.id != 0) {
    if (auto source = curves.source(query.id)) return *source;
    throw DataError(curves.database().path() + ": no source has the id " +
                    std::to_string(query.id));
  }
  if (auto source = curves.find(query.name)) return *source;
  throw DataError(curves.database().path() + ": no source is called " + query.name +
                  did_you_mean(query.name, all_names(curves)));
}

std::vector<SourceMatch> sources_in_cone(Curves& curves, const Query& query) {
  const astro::Direction centre = {angle_deg("--ra", query.ra, true) * kDegree,
                                   angle_deg("--dec", query.dec, false) * kDegree};
  std::vector<SourceMatch> found = curves.cone(centre, query.radius_arcsec * kArcsec);
  if (!found.empty()) return found;
  const std::vector<SourceMatch> near = curves.cone(centre, kNear_rad, 1);
  throw DataError(curves.database().path() + ": no source within " +
                  arcsec_text(query.radius_arcsec * kArcsec) + " of " + place_text(centre) +
                  (near.empty() ? ", nor within a degree"
                                : "; the nearest is " + near[0].source.name + " at " +
                                      arcsec_text(near[0].separation_rad)));
}

void take_raw(CurvePoint& point) {
  if (std::isfinite(point.gain)) point.limit_jy *= point.gain;
  point.flux_jy = point.raw_flux_jy;
  point.error_jy = point.raw_error_jy;
}

// As update-lightcurves makes them: limits of before the source was known are in none.
variability::Figures figures_of_points(const std::vector<CurvePoint>& points) {
  variability::Sums sums;
  for (const CurvePoint& point : points) {
    if (point.usable)
      sums.add({point.mjd, point.flux_jy, point.error_jy});
    else if (point.kind != "before" && !std::isfinite(point.flux_jy) &&
             std::isfinite(point.limit_jy))
      sums.add_limit(point.mjd, point.limit_jy);
  }
  return variability::figures_of(sums);
}

LightCurve light_curve(Curves& curves, const Query& query, const Source& source) {
  LightCurve curve;
  curve.source = source;
  curve.raw = query.raw;
  const double from = time_mjd("--from", query.from, -HUGE_VAL);
  const double until = time_mjd("--until", query.until, HUGE_VAL);
  for (CurvePoint& point : curves.curve_of(source.id)) {
    if (point.mjd < from || point.mjd >= until) continue;
    if (query.raw) take_raw(point);
    curve.points.push_back(std::move(point));
  }
  const bool stored = !query.raw && query.from.empty() && query.until.empty();
  curve.figures = stored ? curves.figures(source.id) : figures_of_points(curve.points);
  for (RecordedCandidate& candidate : curves.candidates())
    if (candidate.source.id == source.id && candidate.until_mjd >= from &&
        candidate.since_mjd < until)
      curve.candidates.push_back(std::move(candidate));
  return curve;
}

// What goes to stdout, and what into files.
class Reply {
 public:
  explicit Reply(const Query& query) : query_(query) {}

  bool drawn() const { return !query_.plot.empty(); }
  void drew() { paths_ += query_.plot + '\n'; }
  void write(const std::string& text) {
    const bool wanted = !drawn() || !query_.output.empty() || query_.format != Format::automatic;
    if (!wanted) return;
    if (query_.output.empty()) {
      text_ = text;
      return;
    }
    write_text_file(query_.output, text);
    paths_ += query_.output + '\n';
  }
  std::string for_stdout() const { return text_.empty() ? paths_ : text_; }

 private:
  const Query& query_;
  std::string text_, paths_;
};

std::string formatted(const Table& table, Format format) {
  if (format == Format::json) return to_json_lines(table);
  return format == Format::votable ? to_votable(table) : to_csv(table);
}

void reply_with_curve(Curves& curves, const Query& query, const Source& source, Reply& reply) {
  const LightCurve curve = light_curve(curves, query, source);
  if (reply.drawn()) {
    plot_curve(query.plot, curve);
    reply.drew();
  }
  reply.write(query.format == Format::json ? curve_as_json(curve)
                                           : formatted(curve_table(curve), query.format));
}

void reply_with_cone(Curves& curves, const Query& query, Reply& reply) {
  const std::vector<SourceMatch> found = sources_in_cone(curves, query);
  if (found.size() == 1) return reply_with_curve(curves, query, found[0].source, reply);
  if (reply.drawn())
    throw UsageError("--plot: " + std::to_string(found.size()) + " sources within " +
                     arcsec_text(query.radius_arcsec * kArcsec) + ", the nearest " +
                     found[0].source.name + " at " + arcsec_text(found[0].separation_rad) +
                     "; name one, or make the radius smaller");
  std::vector<ListedSource> listed;
  for (const SourceMatch& match : found) listed.push_back({match, curves.figures(match.source.id)});
  reply.write(formatted(source_table(listed), query.format));
}

void reply_with_candidates(Curves& curves, const Query& query, Reply& reply) {
  const std::vector<RecordedCandidate> found = curves.candidates();
  reply.write(query.format != Format::automatic ? formatted(candidate_table(found), query.format)
              : found.empty()                   ? "no candidates\n"
                                                : to_text(short_candidate_table(found)));
}

void reply_with_field(Curves& curves, const Settings& settings, const Query& query, Reply& reply) {
  const std::vector<FieldRow> rows = curves.field(query.min_points);
  if (reply.drawn()) {
    plot_field(query.plot, rows, settings.variable_sigma, settings.variable_modulation);
    reply.drew();
  }
  reply.write(query.format != Format::automatic ? formatted(field_table(rows), query.format)
                                                : to_text(short_field_table(rows)));
}

}  // namespace

std::string answer(const Settings& settings, const Query& query) {
  check_question(query);
  if (settings.lightcurve_db.empty())
    throw UsageError("query-lightcurve: no database, give --lightcurve-db or a root");
  Curves curves(settings.lightcurve_db);
  Reply reply(query);
  if (query.variables)
    reply_with_candidates(curves, query, reply);
  else if (query.field)
    reply_with_field(curves, settings, query, reply);
  else if (!query.ra.empty())
    reply_with_cone(curves, query, reply);
  else
    reply_with_curve(curves, query, named_source(curves, query), reply);
  return reply.for_stdout();
}

}  // namespace contimg::lightcurve
