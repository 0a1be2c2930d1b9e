// SPDX-License-Identifier: GPL-3.0-or-later
#include "lightcurve/judge.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "astro/epoch.h"

namespace contimg::lightcurve {
namespace {

using variability::Candidate;
using variability::Point;

constexpr std::size_t kAgainShare = 50;
// Up to about 200 points chi-squared shows what an episode shows. Reading a curve costs as much as some
// ten sources of a new epoch.
constexpr std::size_t kUnpromptedShare = 10, kUnpromptedPoints = 200;

bool same_extremes(const variability::Sums& a, const variability::Sums& b) {
  const auto same = [](const Point& x, const Point& y) {
    return x.mjd == y.mjd || (std::isnan(x.mjd) && std::isnan(y.mjd));
  };
  return std::equal(a.highest.begin(), a.highest.end(), b.highest.begin(), same) &&
         std::equal(a.lowest.begin(), a.lowest.end(), b.lowest.begin(), same);
}

}  // namespace

variability::CandidateSettings candidate_settings(const LightcurveSettings& settings) {
  variability::CandidateSettings limits;
  limits.min_points = static_cast<std::size_t>(settings.variable_epochs);
  limits.sigma = settings.variable_sigma;
  limits.modulation = settings.variable_modulation;
  return limits;
}

std::vector<Point> curve_points(const std::vector<Points::Row>& rows,
                                const LightcurveSettings& settings) {
  std::vector<Point> points;
  for (const Points::Row& row : rows)
    if (row.raw.usable()) points.push_back(normalised(row.raw, row.scale, settings));
  std::sort(points.begin(), points.end(),
            [](const Point& a, const Point& b) { return a.mjd < b.mjd; });
  return points;
}

Judge::Judge(Database& db, const LightcurveSettings& settings)
    : settings_(settings),
      limits_(candidate_settings(settings)),
      is_candidate_(db, "SELECT 1 FROM candidate WHERE source_id = ?1 LIMIT 1"),
      kinds_(db, "SELECT kind FROM candidate WHERE source_id = ?1"),
      upsert_(
          db,
          "INSERT INTO candidate VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO"
          " UPDATE SET significance = ?3, since_mjd = ?4, until_mjd = ?5, depth = ?6, reason = ?7,"
          " updated_at = ?9"),
      delete_(db, "DELETE FROM candidate WHERE source_id = ?1 AND kind = ?2"),
      delete_all_(db, "DELETE FROM candidate WHERE source_id = ?1") {}

bool Judge::judge(std::int64_t source_id, Standing& standing, const variability::Figures& figures,
                  const Standing* before, std::int64_t epoch_id, Points& points) {
  const bool is = is_candidate_.bind(1, source_id).step();
  is_candidate_.reset();
  const std::size_t n = standing.sums.n;
  const bool prompted = is || variability::worth_a_look(figures, limits_);
  if (before == nullptr ? !prompted : !due(standing, *before, prompted)) {
    if (before == nullptr) standing.n_judged = n;
    return is;
  }
  const std::vector<Candidate> found = variability::candidates(
      curve_points(points.of_source(source_id), settings_), figures, limits_);
  standing.n_judged = n;
  replace(source_id, found, epoch_id);
  return !found.empty();
}

// An episode of many weak points does not show in the figures of a long curve, so that such a curve
// is looked at now and then whatever they say.
bool Judge::due(const Standing& standing, const Standing& before, bool prompted) const {
  const std::size_t n = standing.sums.n;
  if (n < limits_.min_points) return false;
  const std::size_t grown = n - std::min(n, standing.n_judged);
  if (!prompted) return grown >= kUnpromptedPoints && grown * kUnpromptedShare >= n;
  return grown * kAgainShare >= n || !same_extremes(standing.sums, before.sums);
}

void Judge::replace(std::int64_t source_id, const std::vector<Candidate>& found,
                    std::int64_t epoch_id) {
  std::map<std::string, const Candidate*> best;
  for (const Candidate& candidate : found) {
    const Candidate*& known = best[candidate.kind];
    if (known == nullptr || candidate.significance > known->significance) known = &candidate;
  }
  std::vector<std::string> gone;
  kinds_.bind(1, source_id);
  while (kinds_.step())
    if (best.count(kinds_.text(0)) == 0) gone.push_back(kinds_.text(0));
  kinds_.reset();
  for (const std::string& kind : gone) delete_.bind(1, source_id).bind(2, kind).run();
  for (const auto& [kind, candidate] : best) {
    upsert_.bind(1, source_id).bind(2, kind).bind(3, candidate->significance);
    upsert_.bind(4, candidate->since_mjd).bind(5, candidate->until_mjd).bind(6, candidate->depth);
    upsert_.bind(7, candidate->reason).bind(9, astro::now_unix_s());
    if (epoch_id > 0)
      upsert_.bind(8, epoch_id);
    else
      upsert_.bind_null(8);
    upsert_.run();
  }
}

}  // namespace contimg::lightcurve
