// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/explain_flux.h"

#include <cmath>
#include <optional>

#include "base/error.h"
#include "report/is_there.h"
#include "report/words.h"

namespace contimg::report {
namespace {

std::optional<Database> opened(const std::string& path) {
  if (!is_there(path)) return std::nullopt;
  return Database(path, Database::Mode::read_only, kBusyTimeout_ms);
}

// docs/formats/measurements.md.
Json flag_words(double flags) {
  const char* names[] = {"edge",    "blended",  "low_beam",          "near_bright", "extended",
                         "smeared", "poor_fit", "no_catalogue_flux", "unreliable"};
  Json words = Json::array();
  const auto bits = static_cast<std::uint64_t>(std::isfinite(flags) ? flags : 0);
  for (std::size_t i = 0; i < std::size(names); ++i)
    if ((bits >> i & 1U) != 0) words.push_back(names[i]);
  return words;
}

/// 0: not known.
std::int64_t source_id(Database& curves, const std::string& source) {
  Statement query(curves, source.rfind('#', 0) == 0
                              ? "SELECT id FROM source WHERE id = CAST(substr(?, 2) AS INTEGER)"
                              : "SELECT source_id FROM source_name WHERE name = ?");
  query.bind(1, source);
  return query.step() ? query.integer(0) : 0;
}

Json names_of(Database& curves, std::int64_t id) {
  Json names = Json::array();
  for (const Json& row :
       ask(curves, "SELECT name FROM source_name WHERE source_id = ? ORDER BY name", id))
    names.push_back(word(row, "name"));
  return names;
}

Json measurements(Database& db, const Json& names, const std::string& group_id) {
  Json list = Json::array();
  for (const Json& name : names)
    for (Json row :
         ask(db,
             "SELECT m.kind, m.name, m.flux_jy, m.flux_error_jy, m.noise_error_jy,"
             " m.limit_jy, m.snr, m.local_rms_jy, m.pb AS primary_beam, m.smearing,"
             " m.catalogue_flux_jy, m.offset_east_arcsec, m.offset_north_arcsec, m.ra_deg,"
             " m.dec_deg, m.flags, m.reason FROM measurement m"
             " JOIN epoch e ON e.id = m.epoch_id WHERE m.name = ? AND e.group_id = ?",
             name.get<std::string>(), group_id)) {
      row["flags"] = flag_words(number(row, "flags"));
      if (number(row, "catalogue_flux_jy") > 0)
        row["over_catalogue"] = number(row, "flux_jy") / number(row, "catalogue_flux_jy");
      list.push_back(row);
    }
  return list;
}

Json tie_of(Database& db, const std::string& group_id) {
  const Json rows =
      ask(db,
          "SELECT mid_mjd, rms_jy, verdict, calibration_set, tier, science, catalogue,"
          " n_reference, flux_scale, flux_scale_error, flux_offset_jy,"
          " offset_east_arcsec, offset_north_arcsec, position_rms_arcsec, tie_reason,"
          " reliability, version, recorded_at, image_path FROM epoch WHERE group_id = ?",
          group_id);
  return rows.empty() ? Json(nullptr) : rows.front();
}

Json point_of(Database& curves, std::int64_t id, const std::string& group_id) {
  Json rows =
      ask(curves,
          "SELECT l.kind, l.raw_flux_jy, l.raw_error_jy, l.raw_limit_jy, l.flux_jy, l.limit_jy,"
          " l.gain, l.gain_error, l.gain_reason, l.flags, l.reason, e.state AS epoch_state,"
          " e.state_reason AS epoch_reason FROM light_curve l JOIN epoch e ON e.id = l.epoch_id"
          " WHERE l.source_id = ? AND e.group_id = ?",
          id, group_id);
  if (rows.empty()) return nullptr;
  rows.front()["flags"] = flag_words(number(rows.front(), "flags"));
  return rows.front();
}

Json source_of(Database& curves, std::int64_t id, const Json& point) {
  Json rows = ask(curves,
                  "SELECT s.id, s.name, s.origin, s.ra_deg, s.dec_deg, f.n AS n_point,"
                  " f.weighted_mean_jy, f.eta, f.v AS modulation FROM source s"
                  " LEFT JOIN source_statistics f ON f.source_id = s.id WHERE s.id = ?",
                  id);
  if (rows.empty()) return nullptr;
  Json source = rows.front();
  source["names"] = names_of(curves, id);
  const double gain = std::isfinite(number(point, "gain")) ? number(point, "gain") : 1;
  const double sigma = (number(point, "flux_jy") - number(source, "weighted_mean_jy")) /
                       (number(point, "raw_error_jy") / gain);
  if (std::isfinite(sigma)) source["from_mean_in_errors"] = std::round(sigma * 100) / 100;
  source["candidate_for"] =
      ask(curves, "SELECT kind, significance, reason FROM candidate WHERE source_id = ?", id);
  if (source["candidate_for"].empty()) source.erase("candidate_for");
  return source;
}

std::string summary(const std::string& source, const std::string& group_id, const Json& found,
                    const Json& point) {
  std::string text = source + " at " + group_id + ": ";
  if (found.empty()) {
    const std::string reason = word(point, "reason");
    return text + "no measurement" + (reason.empty() ? "" : ", " + reason);
  }
  const Json& m = found.front();
  if (std::isfinite(number(m, "flux_jy")))
    text += flux(number(m, "flux_jy")) + " +- " + flux(number(m, "flux_error_jy")) + ", " +
            fixed(number(m, "snr"), 1) + " times the noise";
  else if (std::isfinite(number(m, "limit_jy")))
    text += "below " + flux(number(m, "limit_jy"));
  else
    text += "no number: " + word(m, "reason");
  for (const Json& flag : m["flags"]) text += ", " + flag.get<std::string>();
  return text;
}

}  // namespace

Json explain_flux(const Settings& settings, const std::string& source,
                  const std::string& group_id) {
  auto db = opened(required_path(settings, &Settings::measurement_db));
  if (!db)
    throw UsageError(settings.measurement_db +
                     ": no such database of measurements, expected one made by measure-sources; "
                     "check --measurement-db");
  auto curves = opened(settings.lightcurve_db);
  const std::int64_t id = curves ? source_id(*curves, source) : 0;
  const Json names = id > 0 ? names_of(*curves, id) : Json::array({source});
  const Json found = measurements(*db, names, group_id);
  const Json point = id > 0 ? point_of(*curves, id, group_id) : Json(nullptr);
  if (found.empty() && point.is_null())
    throw DataError(source + ": not measured in " + group_id +
                    ", expected a source that the image saw; 'query-lightcurve " + source +
                    "' lists its epochs");
  Json report;
  report["summary"] = summary(source, group_id, found, point);
  report["measurements"] = found;
  report["tie"] = tie_of(*db, group_id);
  if (!point.is_null()) report["light_curve"] = point;
  if (id > 0) report["source"] = source_of(*curves, id, point);
  return report;
}

}  // namespace contimg::report
