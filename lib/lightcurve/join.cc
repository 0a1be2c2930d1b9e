// SPDX-License-Identifier: GPL-3.0-or-later
#include "lightcurve/join.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>

#include "astro/constants.h"
#include "astro/epoch.h"
#include "lightcurve/schema.h"

namespace contimg::lightcurve {
namespace {

using astro::kDegree;

// Why an epoch is not joined; empty: it is.
std::string refusal_of(const MeasuredEpoch& epoch) {
  if (epoch.verdict == "FAIL") return "the image failed its quality gates";
  if (!epoch.science) return "the image is not for science";
  if (!(epoch.mid_mjd > 0)) return "the time of the data is not known";
  if (!std::isfinite(epoch.centre.ra_rad) || !std::isfinite(epoch.centre.dec_rad))
    return "the phase centre is not known";
  if (!(epoch.major_arcsec > 0)) return "the beam is not known";
  return "";
}

EpochReport report_of(const MeasuredEpoch& epoch) {
  EpochReport report;
  report.epoch_id = epoch.id;
  report.group_id = epoch.group_id;
  return report;
}

double known_or(double value, double otherwise) { return std::isfinite(value) ? value : otherwise; }

}  // namespace

Joiner::Joiner(Database& db, const UpdateSettings& settings)
    : limits_(settings.limits),
      sources_(db),
      points_(db),
      standings_(db),
      ensembles_(db),
      associator_(db, sources_, settings.limits.de_ruiter, settings.min_separation_beams),
      judge_(db, settings.limits),
      recorded_(db, "SELECT change_id, season, state, state_reason FROM epoch WHERE id = ?1"),
      write_(
          db,
          "REPLACE INTO epoch (id, group_id, change_id, season, mid_mjd, state, gain, gain_error,"
          " n_gain, ensemble, gain_reason, ra_deg, dec_deg, frequency_hz, major_arcsec,"
          " minor_arcsec, pa_deg, rms_jy, detection_sigma, image_path, verdict, calibration_set,"
          " tier, state_reason, n_point, n_missing, n_new, joined_at) VALUES (?1, ?2, ?3, ?4, ?5,"
          " ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23,"
          " ?24, ?25, ?26, ?27, ?28)"),
      footprint_(db,
                 "REPLACE INTO footprint (epoch_id, min_beam, response_step_deg, response) VALUES"
                 " (?1, ?2, ?3, ?4)"),
      place_(db, "REPLACE INTO epoch_place VALUES (?7, ?1, ?2, ?3, ?4, ?5, ?6)"),
      set_change_(db, "UPDATE epoch SET change_id = ?2 WHERE id = ?1") {}

std::optional<Joiner::Recorded> Joiner::recorded(std::int64_t epoch_id) {
  std::optional<Recorded> found;
  if (recorded_.bind(1, epoch_id).step())
    found = Recorded{recorded_.integer(0), static_cast<int>(recorded_.integer(1)),
                     recorded_.text(2), recorded_.text(3)};
  recorded_.reset();
  return found;
}

EpochReport Joiner::join(const MeasuredEpoch& epoch, Measurements& measurements, bool restore) {
  EpochReport report = report_of(epoch);
  const std::optional<Recorded> old = recorded(epoch.id);
  const bool withdrawn = old && old->state == "withdrawn";
  if (old && !(restore && withdrawn)) {
    report.reason = old->reason;
    report.state = withdrawn ? "withdrawn" : "unchanged";
    if (withdrawn) set_change_.bind(1, epoch.id).bind(2, epoch.change_id).run();
    if (withdrawn || old->change_id == epoch.change_id) return report;
    report.reason.clear();
  }
  std::vector<std::int64_t> touched = old ? take_out(epoch.id, *old) : std::vector<std::int64_t>();
  const std::string refusal = refusal_of(epoch);
  if (!refusal.empty()) {
    report.state = "refused";
    report.reason = refusal;
    write(epoch, "refused", refusal, report, {}, 0);
    rebuild(touched, 0);
    return report;
  }
  report.state = !old ? "joined" : withdrawn ? "restored" : "replaced";
  std::vector<NewPoint> points;
  put_in(epoch, measurements, ensembles_.in_force(), report, points);
  if (touched.empty()) {
    report.n_candidate = advance(
        points, {epoch.mid_mjd, {report.gain, report.gain_error, 0, report.gain_reason}}, epoch.id);
    return report;
  }
  for (const NewPoint& point : points) touched.push_back(point.source_id);
  report.n_candidate = rebuild(touched, epoch.id);
  return report;
}

EpochReport Joiner::withdraw(const MeasuredEpoch& epoch, const std::string& why) {
  EpochReport report = report_of(epoch);
  report.state = "withdrawn";
  report.reason = why;
  const std::optional<Recorded> old = recorded(epoch.id);
  const std::vector<std::int64_t> touched =
      old ? take_out(epoch.id, *old) : std::vector<std::int64_t>();
  write(epoch, "withdrawn", why, report, {}, 0);
  rebuild(touched, 0);
  return report;
}

std::vector<std::int64_t> Joiner::take_out(std::int64_t epoch_id, const Recorded& old) {
  const std::vector<std::int64_t> ids = points_.remove(epoch_id, old.season);
  for (const std::int64_t id : ids) sources_.unsee(id, epoch_id);
  associator_.forget(epoch_id);
  return ids;
}

void Joiner::put_in(const MeasuredEpoch& epoch, Measurements& measurements, int version,
                    EpochReport& report, std::vector<NewPoint>& points) {
  Associated associated = associator_.associate(epoch, measurements.rows(epoch));
  points = std::move(associated.points);
  const std::vector<NewPoint> missing = associator_.missing(epoch, points);
  report.n_point = points.size();
  report.n_missing = missing.size();
  report.n_new = associated.n_new;
  points.insert(points.end(), missing.begin(), missing.end());
  // Neighbours in the sky were opened together, and lie on the same pages.
  std::sort(points.begin(), points.end(),
            [](const NewPoint& a, const NewPoint& b) { return a.source_id < b.source_id; });
  for (const NewPoint& point : points) report.n_limit += std::isfinite(point.raw.limit_jy) ? 1 : 0;
  const variability::EpochGain gain = ensembles_.gain_of(points, version, limits_);
  report.gain_reason = gain.reason;
  if (gain.reason.empty()) {
    report.gain = gain.gain;
    report.gain_error = gain.error;
  }
  write(epoch, "joined", "", report, gain, version);
  points_.insert(epoch.id, season_of(epoch.mid_mjd), points);
  if (!epoch.footprint.known())
    spdlog::warn(
        "{}: measured by older tools, what it saw beside its rows is not known; measure it "
        "again",
        epoch.group_id);
}

void Joiner::write(const MeasuredEpoch& epoch, const std::string& state, const std::string& reason,
                   const EpochReport& report, const variability::EpochGain& gain, int version) {
  const bool normal = state == "joined" && gain.reason.empty();
  const double mjd = known_or(epoch.mid_mjd, 0);
  write_.bind(1, epoch.id).bind(2, epoch.group_id).bind(3, epoch.change_id);
  write_.bind(4, season_of(mjd)).bind(5, mjd).bind(6, state);
  write_.bind(7, normal ? gain.gain : kUnknown).bind(8, normal ? gain.error : kUnknown);
  write_.bind(9, gain.n_used).bind_null(10).bind(11, gain.reason);
  if (state == "joined" && version > 0) write_.bind(10, version);
  write_.bind(12, known_or(epoch.centre.ra_rad / kDegree, 0));
  write_.bind(13, known_or(epoch.centre.dec_rad / kDegree, 0));
  write_.bind(14, epoch.frequency_hz).bind(15, epoch.major_arcsec).bind(16, epoch.minor_arcsec);
  write_.bind(17, epoch.pa_deg).bind(18, epoch.rms_jy).bind(19, epoch.detection_sigma);
  write_.bind(20, epoch.image_path).bind(21, epoch.verdict).bind(22, epoch.calibration_set);
  write_.bind(23, epoch.tier).bind(24, reason).bind(25, report.n_point);
  write_.bind(26, report.n_missing).bind(27, report.n_new).bind(28, astro::now_unix_s()).run();
  write_place(epoch);
}

void Joiner::write_place(const MeasuredEpoch& epoch) {
  const Footprint& footprint = epoch.footprint;
  footprint_.bind(1, epoch.id).bind(2, footprint.min_beam()).bind(3, footprint.step_deg());
  if (footprint.known())
    footprint_.bind_blob(4, footprint.bytes());
  else
    footprint_.bind_null(4);
  footprint_.run();
  if (!footprint.known() || !std::isfinite(epoch.centre.ra_rad)) return;
  bind_box(place_, 1, epoch.centre, footprint.radius_rad());
  place_.bind(7, epoch.id).run();
}

std::size_t Joiner::advance(const std::vector<NewPoint>& points, const Scale& scale,
                            std::int64_t epoch_id) {
  std::size_t n_candidate = 0;
  for (const NewPoint& point : points) {
    const Standing before = standings_.load(point.source_id);
    Standing standing = before;
    standing.add(point.raw, scale, limits_);
    const variability::Figures figures = variability::figures_of(standing.sums);
    if (point.raw.usable() &&
        judge_.judge(point.source_id, standing, figures, &before, epoch_id, points_))
      ++n_candidate;
    standings_.save(point.source_id, standing, figures);
    if (before.n_row == 0 && standing.n_row > 0) sources_.set_dormant(point.source_id, false);
  }
  return n_candidate;
}

std::size_t Joiner::rebuild(std::vector<std::int64_t> ids, std::int64_t epoch_id) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  std::size_t n_candidate = 0;
  for (const std::int64_t id : ids) {
    Standing standing;
    for (const Points::Row& row : points_.of_source(id)) standing.add(row.raw, row.scale, limits_);
    const variability::Figures figures = variability::figures_of(standing.sums);
    if (judge_.judge(id, standing, figures, nullptr, epoch_id, points_)) ++n_candidate;
    standings_.save(id, standing, figures);
    sources_.set_dormant(id, standing.n_row == 0);
  }
  return n_candidate;
}

}  // namespace contimg::lightcurve
