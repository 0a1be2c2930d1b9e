// SPDX-License-Identifier: GPL-3.0-or-later
#include "lightcurve/standing.h"

#include <cmath>
#include <cstring>

#include "base/error.h"

namespace contimg::lightcurve {
namespace {

constexpr std::uint32_t kUnusable = kEdge | kNearBright | kUnreliable;
constexpr std::uint32_t kUnclean = kUnusable | kBlended | kExtended | kLowBeam;

// Eight points of three doubles, little-endian: the highest, then the lowest, best first.
std::string extremes_of(const variability::Sums& sums) {
  std::string bytes;
  for (const auto* side : {&sums.highest, &sums.lowest})
    for (const variability::Point& point : *side)
      for (const double value : {point.mjd, point.flux_jy, point.error_jy})
        bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  return bytes;
}

void read_extremes(const std::string& bytes, variability::Sums& sums) {
  if (bytes.size() != 2 * variability::Sums::kExtremes * 3 * sizeof(double))
    throw DataError("the extremes of a source have " + std::to_string(bytes.size()) +
                    " bytes, expected 192; make the database of light curves again");
  const char* at = bytes.data();
  for (auto* side : {&sums.highest, &sums.lowest})
    for (variability::Point& point : *side)
      for (double* value : {&point.mjd, &point.flux_jy, &point.error_jy}) {
        std::memcpy(value, at, sizeof *value);
        at += sizeof *value;
      }
}

std::size_t count_from(const Statement& row, int column) {
  return static_cast<std::size_t>(row.integer(column));
}

}  // namespace

const char* const kSumsColumns =
    "n, weight, weighted_mean_jy, chi2, mean_jy, m2, first_mjd, last_mjd, n_limit, lowest_limit_jy,"
    " extremes";

bool RawPoint::usable() const {
  return std::isfinite(flux_jy) && std::isfinite(error_jy) && error_jy > 0 &&
         (flags & kUnusable) == 0;
}

bool RawPoint::clean() const { return usable() && (flags & kUnclean) == 0; }

variability::Point normalised(const RawPoint& point, const Scale& scale,
                              const LightcurveSettings& settings) {
  return variability::normalised(scale.mjd, point.flux_jy, point.error_jy, scale.gain,
                                 settings.systematic, settings.unnormalised);
}

void Standing::add(const RawPoint& point, const Scale& scale, const LightcurveSettings& settings) {
  if (point.kind != PointKind::missing) ++n_row;
  if (point.usable()) {
    sums.add(normalised(point, scale, settings));
    if (point.clean() && point.flux_jy >= settings.reference_snr * point.error_jy) ++n_bright;
  } else if (std::isfinite(point.flux_jy)) {
    ++n_flagged;
  } else {
    ++n_missing;
    const double gain = scale.gain.reason.empty() ? scale.gain.gain : 1;
    if (std::isfinite(point.limit_jy)) sums.add_limit(scale.mjd, point.limit_jy / gain);
  }
}

variability::Sums sums_from(const Statement& row, int first) {
  variability::Sums sums;
  sums.n = count_from(row, first);
  sums.weight = row.real(first + 1);
  sums.weighted_mean = row.real(first + 2);
  sums.chi2 = row.real(first + 3);
  sums.mean = row.real(first + 4);
  sums.m2 = row.real(first + 5);
  sums.first_mjd = row.real(first + 6);
  sums.last_mjd = row.real(first + 7);
  sums.n_limit = count_from(row, first + 8);
  sums.lowest_limit_jy = row.real(first + 9);
  read_extremes(row.blob(first + 10), sums);
  return sums;
}

Standings::Standings(Database& db)
    : db_(db),
      load_(db, std::string("SELECT n_row, n_missing, n_flagged, n_bright, n_judged, ") +
                    kSumsColumns + " FROM source_statistics WHERE source_id = ?1"),
      save_(db,
            "REPLACE INTO source_statistics VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
            " ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25)") {}

Standing Standings::load(std::int64_t source_id) {
  Standing standing;
  if (load_.bind(1, source_id).step()) {
    standing.n_row = count_from(load_, 0);
    standing.n_missing = count_from(load_, 1);
    standing.n_flagged = count_from(load_, 2);
    standing.n_bright = count_from(load_, 3);
    standing.n_judged = count_from(load_, 4);
    standing.sums = sums_from(load_, 5);
  }
  load_.reset();
  return standing;
}

void Standings::save(std::int64_t source_id, const Standing& standing,
                     const variability::Figures& figures) {
  const variability::Sums& sums = standing.sums;
  save_.bind(1, source_id).bind(2, sums.n).bind(3, sums.weight).bind(4, sums.weighted_mean);
  save_.bind(5, sums.chi2).bind(6, sums.mean).bind(7, sums.m2).bind(8, sums.first_mjd);
  save_.bind(9, sums.last_mjd).bind(10, sums.n_limit).bind(11, sums.lowest_limit_jy);
  save_.bind(12, standing.n_row).bind(13, standing.n_missing).bind(14, standing.n_flagged);
  save_.bind(15, standing.n_bright).bind(16, standing.n_judged).bind(17, figures.eta);
  save_.bind(18, figures.v).bind(19, figures.vs).bind(20, figures.m).bind(21, figures.chi2_sigma);
  save_.bind(22, figures.loo_sigma).bind(23, figures.loo_mjd).bind(24, figures.limit_sigma);
  save_.bind_blob(25, extremes_of(sums)).run();
}

void Standings::remove_all() { db_.execute("DELETE FROM source_statistics"); }

}  // namespace contimg::lightcurve
