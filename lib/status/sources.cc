// SPDX-License-Identifier: GPL-3.0-or-later
#include "status/sources.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "astro/constants.h"
#include "astro/epoch.h"
#include "base/clock.h"
#include "base/escaped_text.h"

namespace contimg::status {
namespace {

using astro::kArcsec;
using astro::kDegree;
using lightcurve::CurvePoint;
using lightcurve::Curves;
using lightcurve::Source;

// A double holds a time in MJD to a microsecond; who asks has whole seconds.
constexpr double kRounding_s = 1e-3;

constexpr const char* kRow =
    "SELECT s.id, s.name, s.ra_deg, s.dec_deg, coalesce(t.n_row, 0), s.origin,"
    " t.weighted_mean_jy, t.n, EXISTS (SELECT 1 FROM candidate c WHERE c.source_id = s.id)"
    " FROM source s LEFT JOIN source_statistics t ON t.source_id = s.id ";

Json source_row(const Statement& row) {
  // The sum is kept, the mean of no point is not one.
  const bool measured = !row.is_null(7) && row.integer(7) > 0;
  return {{"id", row.integer(0)},
          {"name", row.text(1)},
          {"ra_deg", row.real(2)},
          {"dec_deg", row.real(3)},
          {"num_images", row.integer(4)},
          {"origin", row.text(5)},
          {"flux_jy", measured ? finite(row.real(6)) : Json()},
          {"is_variable", row.integer(8) != 0}};
}

Json near_row(Curves& curves, const lightcurve::SourceMatch& match) {
  Statement row(curves.database(), std::string(kRow) + "WHERE s.id = ?1");
  row.bind(1, match.source.id).step();
  Json json = source_row(row);
  json["separation_arcsec"] = match.separation_rad / kArcsec;
  return json;
}

double unix_s_of(const CurvePoint& point) { return (point.mjd - kUnixEpoch_mjd) * kDay_s; }

std::vector<CurvePoint> points_between(Curves& curves, std::int64_t id, double from_unix_s,
                                       double until_unix_s) {
  std::vector<CurvePoint> points = curves.curve_of(id);
  points.erase(std::remove_if(points.begin(), points.end(),
                              [&](const CurvePoint& point) {
                                const double time = unix_s_of(point) + kRounding_s;
                                return !(time >= from_unix_s && time < until_unix_s);
                              }),
               points.end());
  return points;
}

// Written by hand: a curve has thousands of numbers, and objects of JSON are slow to make.
class Members {
 public:
  explicit Members(std::string& text) : text_(text) { text_ += '{'; }
  void number(const char* name, double value) {
    begin(name);
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    text_ += std::isfinite(value) ? std::string(digits, end) : "null";
  }
  void truth(const char* name, bool value) {
    begin(name);
    text_ += value ? "true" : "false";
  }
  /// Empty text is null.
  void words(const char* name, const std::string& value) {
    begin(name);
    text_ +=
        value.empty() ? "null" : Json(value).dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  void end() { text_ += '}'; }

 private:
  void begin(const char* name) {
    if (text_.back() != '{') text_ += ',';
    text_ += '"';
    text_ += name;
    text_ += "\":";
  }
  std::string& text_;
};

void add_point(std::string& text, const CurvePoint& point) {
  Members members(text);
  members.number("mjd", point.mjd);
  members.words("time", astro::format_stamp(point.mjd * kDay_s) + "Z");
  members.words("group_id", point.group_id);
  members.words("kind", point.kind);
  members.number("flux_jy", point.flux_jy);
  members.number("error_jy", point.error_jy);
  members.number("limit_jy", point.limit_jy);
  members.number("raw_flux_jy", point.raw_flux_jy);
  members.number("raw_error_jy", point.raw_error_jy);
  members.number("gain", point.gain);
  members.truth("normalised", point.gain_reason.empty());
  members.number("flags", point.flags);
  members.truth("usable", point.usable);
  members.words("reason", point.reason);
  members.words("verdict", point.verdict);
  members.end();
}

}  // namespace

Json source_list(Curves& curves, const SourceQuestion& question) {
  Json list = Json::array();
  if (question.ra_deg && question.dec_deg) {
    const auto matches =
        curves.cone({*question.ra_deg * kDegree, *question.dec_deg * kDegree},
                    question.radius_arcsec * kArcsec, static_cast<std::size_t>(question.limit));
    for (const auto& match : matches) list.push_back(near_row(curves, match));
    return list;
  }
  Statement rows(curves.database(), std::string(kRow) +
                                        "WHERE s.id > ?1 AND (?2 = 0 OR coalesce(t.n, 0) >= ?2)"
                                        " ORDER BY s.id LIMIT ?3");
  rows.bind(1, question.after).bind(2, question.min_points).bind(3, question.limit);
  while (rows.step()) list.push_back(source_row(rows));
  return list;
}

std::string source_table(Curves& curves, const SourceQuestion& question) {
  std::string table = "id,name,ra_deg,dec_deg,origin,num_images,flux_jy,is_variable\n";
  for (const Json& row : source_list(curves, question)) {
    table += std::to_string(row["id"].get<std::int64_t>()) + ',' +
             csv_field(row["name"].get<std::string>()) + ',';
    table += csv_number(row["ra_deg"].get<double>(), "%.7f") + ',' +
             csv_number(row["dec_deg"].get<double>(), "%.7f") + ',';
    table += row["origin"].get<std::string>() + ',' +
             std::to_string(row["num_images"].get<std::int64_t>()) + ',';
    if (!row["flux_jy"].is_null()) table += csv_number(row["flux_jy"].get<double>(), "%.6g");
    table += row["is_variable"] ? ",true\n" : ",false\n";
  }
  return table;
}

Source known_source(Curves& curves, const std::string& id) {
  const bool is_number = id.size() < 19 && id.find_first_not_of("0123456789") == std::string::npos;
  auto found = curves.find(id);
  if (!found && is_number) found = curves.source(std::stoll(id));
  if (!found) throw Refused(404, "there is no such source", "id");
  return *found;
}

Json source_detail(Curves& curves, const std::string& id) {
  const Source source = known_source(curves, id);
  const std::vector<CurvePoint> points = curves.curve_of(source.id, false);
  Json images = Json::array();
  for (auto point = points.rbegin(); point != points.rend() && images.size() < 100; ++point)
    images.push_back({{"group_id", point->group_id},
                      {"path", point->image_path},
                      {"mjd", point->mjd},
                      {"verdict", point->verdict}});
  return {{"id", source.id},
          {"name", source.name},
          {"names", source.names},
          {"origin", source.origin},
          {"ra_deg", source.position.ra_rad / kDegree},
          {"dec_deg", source.position.dec_rad / kDegree},
          {"ra_error_arcsec", finite(source.ra_error_rad / kArcsec)},
          {"dec_error_arcsec", finite(source.dec_error_rad / kArcsec)},
          {"catalogue_flux_jy", finite(source.catalogue_flux_jy)},
          {"num_images", points.size()},
          {"latest_image_id", points.empty() ? Json() : Json(points.back().group_id)},
          {"contributing_images", images}};
}

std::string light_curve(Curves& curves, const std::string& id, double from_unix_s,
                        double until_unix_s) {
  const Source source = known_source(curves, id);
  std::string text = dumped({{"source_id", source.id}, {"name", source.name}});
  text.resize(text.rfind('}'));
  text += ",\"data_points\":[";
  bool first = true;
  for (const CurvePoint& point : points_between(curves, source.id, from_unix_s, until_unix_s)) {
    if (!first) text += ',';
    add_point(text, point);
    first = false;
  }
  return text + "]}\n";
}

std::string light_curve_table(Curves& curves, const std::string& id, double from_unix_s,
                              double until_unix_s) {
  const Source source = known_source(curves, id);
  std::string table = "mjd,group_id,kind,flux_jy,error_jy,limit_jy,flags,usable,reason\n";
  for (const CurvePoint& point : points_between(curves, source.id, from_unix_s, until_unix_s))
    table += csv_number(point.mjd, "%.8f") + ',' + csv_field(point.group_id) + ',' + point.kind +
             ',' + csv_number(point.flux_jy, "%.6g") + ',' + csv_number(point.error_jy, "%.6g") +
             ',' + csv_number(point.limit_jy, "%.6g") + ',' + std::to_string(point.flags) + ',' +
             (point.usable ? "true," : "false,") + csv_field(point.reason) + '\n';
  return table;
}

Json variability(Curves& curves, const std::string& id) {
  const Source source = known_source(curves, id);
  const variability::Figures figures = curves.figures(source.id);
  Statement found(curves.database(),
                  "SELECT kind, significance, reason FROM candidate WHERE source_id = ?1"
                  " ORDER BY significance DESC");
  found.bind(1, source.id);
  Json kinds = Json::array();
  while (found.step())
    kinds.push_back({{"kind", found.text(0)},
                     {"significance", finite(found.real(1))},
                     {"reason", found.text(2)}});
  const Json flux = {{"mean_jy", finite(figures.mean_jy)},
                     {"std_jy", finite(figures.std_jy)},
                     {"weighted_mean_jy", finite(figures.weighted_mean_jy)},
                     {"weighted_mean_error_jy", finite(figures.weighted_mean_error_jy)},
                     {"lowest_jy", finite(figures.lowest_jy)},
                     {"highest_jy", finite(figures.highest_jy)}};
  return {{"source_id", source.id},
          {"name", source.name},
          {"n_epochs", figures.n},
          {"n_limits", figures.n_limit},
          {"variability_index", finite(figures.eta)},
          {"modulation_index", finite(figures.v)},
          {"chi_squared", finite(figures.chi2)},
          {"chi_squared_reduced", finite(figures.eta)},
          {"chi_squared_sigma", finite(figures.chi2_sigma)},
          {"largest_pair_sigma", finite(figures.vs)},
          {"deviant_sigma", finite(figures.loo_sigma)},
          {"is_variable", !kinds.empty()},
          {"candidates", kinds},
          {"flux_stats", flux}};
}

Json variables(Curves& curves, int limit) {
  Json list = Json::array();
  for (const lightcurve::RecordedCandidate& each : curves.candidates()) {
    if (static_cast<int>(list.size()) >= limit) break;
    list.push_back({{"id", each.source.id},
                    {"name", each.source.name},
                    {"ra_deg", each.source.position.ra_rad / kDegree},
                    {"dec_deg", each.source.position.dec_rad / kDegree},
                    {"kind", each.kind},
                    {"significance", finite(each.significance)},
                    {"reason", each.reason},
                    {"n_epochs", each.figures.n},
                    {"eta", finite(each.figures.eta)},
                    {"v", finite(each.figures.v)}});
  }
  return list;
}

}  // namespace contimg::status
