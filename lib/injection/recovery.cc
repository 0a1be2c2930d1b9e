// SPDX-License-Identifier: GPL-3.0-or-later
#include "injection/recovery.h"

#include <algorithm>
#include <array>
#include <boost/filesystem.hpp>
#include <cmath>
#include <cstdio>
#include <map>

#include "astro/epoch.h"
#include "base/clock.h"
#include "base/median.h"

namespace contimg::injection {
namespace {

constexpr double kNightsBefore = 7;
constexpr double kMedianOverMean = 1.2533;
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr std::array<double, 9> kEdges = {3, 4, 5, 6, 8, 10, 15, 20, 30};
// Differences that matter to nobody, however significant.
constexpr double kSmallDrop = 0.03, kSmallChange = 0.01;

struct Row {
  double mid_mjd = 0;
  std::string group_id;
  double snr = 0, expected = 0, ratio = kNone, pull = kNone;
  bool found = false;
};

std::vector<Row> read_rows(Database& db, double first_mjd, double end_mjd) {
  Statement query(db,
                  "SELECT i.mid_mjd, i.group_id, s.true_snr, s.expected, s.found, s.true_flux_jy,"
                  " s.flux_jy, s.noise_error_jy FROM injection i JOIN injected_source s"
                  " ON s.injection_id = i.id WHERE i.mid_mjd >= ?1 AND i.mid_mjd < ?2"
                  " ORDER BY i.mid_mjd, i.id, s.name");
  query.bind(1, first_mjd).bind(2, end_mjd);
  std::vector<Row> rows;
  while (query.step()) {
    Row row;
    row.mid_mjd = query.real(0);
    row.group_id = query.text(1);
    row.snr = query.real(2);
    row.expected = query.real(3);
    row.found = query.integer(4) != 0;
    row.ratio = query.real(6) / query.real(5);
    row.pull = (query.real(6) - query.real(5)) / query.real(7);
    rows.push_back(row);
  }
  return rows;
}

double median_of(std::vector<double> values) {
  if (values.empty()) return kNone;
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return (values[(n - 1) / 2] + values[n / 2]) / 2;
}

void set_fluxes(const std::vector<double>& ratios, const std::vector<double>& pulls, Bin& bin) {
  bin.n_measured = static_cast<int>(ratios.size());
  bin.flux_ratio = median_of(ratios);
  bin.flux_ratio_error = bin.pull_mean = bin.pull_rms = kNone;
  if (ratios.size() < 2) return;
  std::vector<double> apart;
  for (const double ratio : ratios) apart.push_back(std::abs(ratio - bin.flux_ratio));
  const auto n = static_cast<double>(ratios.size());
  bin.flux_ratio_error = kMedianOverMean * kSigmaOfMad * median_of(apart) / std::sqrt(n);
  double sum = 0, squares = 0;
  for (const double pull : pulls) sum += pull, squares += pull * pull;
  bin.pull_mean = sum / n;
  bin.pull_rms =
      std::sqrt(std::max(0.0, squares / n - bin.pull_mean * bin.pull_mean) * n / (n - 1));
}

template <typename Within>
Bin bin_of(const std::vector<const Row*>& rows, double from_snr, double to_snr, Within within) {
  Bin bin;
  bin.from_snr = from_snr;
  bin.to_snr = to_snr;
  std::vector<double> ratios, pulls;
  double expected = 0;
  for (const Row* row : rows) {
    if (!within(row->snr)) continue;
    ++bin.n;
    bin.n_found += row->found ? 1 : 0;
    expected += row->expected;
    if (!std::isfinite(row->ratio) || !std::isfinite(row->pull)) continue;
    ratios.push_back(row->ratio);
    pulls.push_back(row->pull);
  }
  bin.completeness = share_of(bin.n_found, bin.n);
  bin.expected = bin.n > 0 ? expected / bin.n : kNone;
  set_fluxes(ratios, pulls, bin);
  return bin;
}

Recovery recovery_of(const std::string& night, const std::vector<const Row*>& rows) {
  Recovery recovery;
  recovery.night = night;
  recovery.n_source = static_cast<int>(rows.size());
  std::map<std::string, int> tiles;
  for (const Row* row : rows) ++tiles[row->group_id];
  recovery.n_tile = static_cast<int>(tiles.size());
  recovery.bright = bin_of(rows, kBrightSnr, std::numeric_limits<double>::infinity(),
                           [](double snr) { return snr >= kBrightSnr; });
  for (std::size_t i = 0; i + 1 < kEdges.size(); ++i) {
    const bool first = i == 0, last = i + 2 == kEdges.size();
    recovery.bins.push_back(bin_of(rows, kEdges[i], kEdges[i + 1], [&](double snr) {
      return (first || snr >= kEdges[i]) && (last || snr < kEdges[i + 1]);
    }));
  }
  return recovery;
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", 100 * share);
  return text;
}

double error_of(const Share& share) { return (share.high - share.low) / 2; }

void judge_completeness(const Recovery& night, const std::optional<Recovery>& before,
                        const RecoveryLimits& limits, std::vector<Fault>& faults) {
  const Bin& bright = night.bright;
  const std::string found = std::to_string(bright.n_found) + " of " + std::to_string(bright.n) +
                            " sources of 8 sigma and more were found, " +
                            percent(bright.completeness.value);
  const double floor = limits.min_completeness;
  const double chance = std::sqrt(floor * (1 - floor) / bright.n);
  if (bright.completeness.value < floor - limits.significance * chance)
    faults.push_back({"completeness",
                      "night of " + night.night + ": injected sources are not found",
                      found + ", expected " + percent(floor) + " at least."});
  if (!before) return;
  const double usual = before->bright.completeness.value;
  const double drop = usual - bright.completeness.value;
  const double error =
      std::hypot(error_of(bright.completeness), error_of(before->bright.completeness));
  if (drop > std::max(kSmallDrop, limits.significance * error))
    faults.push_back({"completeness-drop",
                      "night of " + night.night + ": fewer injected sources are found than before",
                      found + "; in the nights before " + percent(usual) + "."});
}

void judge_bias(const Recovery& night, const std::optional<Recovery>& before,
                const RecoveryLimits& limits, std::vector<Fault>& faults) {
  const Bin& bright = night.bright;
  if (!std::isfinite(bright.flux_ratio_error)) return;
  const auto shown = [](const Bin& bin) {
    char text[64];
    std::snprintf(text, sizeof text, "%.3f +- %.3f", bin.flux_ratio, bin.flux_ratio_error);
    return std::string(text) + " of the true ones";
  };
  const std::string measured = "Flux densities of " + std::to_string(bright.n_measured) +
                               " sources of 8 sigma and more are " + shown(bright);
  const double bias = std::abs(bright.flux_ratio - 1);
  if (bias > limits.max_bias + limits.significance * bright.flux_ratio_error)
    faults.push_back({"bias",
                      "night of " + night.night + ": flux densities of injected sources are off",
                      measured + ", expected within " + percent(limits.max_bias) + "."});
  if (!before || !std::isfinite(before->bright.flux_ratio_error)) return;
  const double change = std::abs(bright.flux_ratio - before->bright.flux_ratio);
  const double error = std::hypot(bright.flux_ratio_error, before->bright.flux_ratio_error);
  if (change > kSmallChange + limits.significance * error)
    faults.push_back(
        {"bias-change",
         "night of " + night.night + ": flux densities of injected sources have changed",
         measured + "; in the nights before " + shown(before->bright) + "."});
}

}  // namespace

std::optional<Database> open_injected(const std::string& measurement_db) {
  if (measurement_db.empty() || !boost::filesystem::exists(measurement_db)) return std::nullopt;
  Database db(measurement_db, Database::Mode::read_only, kBusyTimeout_ms);
  if (db.integer("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN "
                 "('injection', 'injected_source')") != 2)
    return std::nullopt;
  return db;
}

std::vector<Recovery> recovery_of_nights(Database& db, double first_mjd, double end_mjd) {
  const std::vector<Row> rows = read_rows(db, first_mjd, end_mjd);
  std::map<double, std::vector<const Row*>> nights;
  for (const Row& row : rows) nights[std::floor(row.mid_mjd - 0.5)].push_back(&row);
  std::vector<Recovery> recoveries;
  for (const auto& [day, of_night] : nights)
    recoveries.push_back(recovery_of(astro::format_date((day + 0.5) * kDay_s), of_night));
  return recoveries;
}

Recovery recovery_between(Database& db, double first_mjd, double end_mjd,
                          const std::string& night) {
  const std::vector<Row> rows = read_rows(db, first_mjd, end_mjd);
  std::vector<const Row*> all;
  for (const Row& row : rows) all.push_back(&row);
  return recovery_of(night, all);
}

Recovery recovery_before(Database& db, double begin_mjd) {
  return recovery_between(db, begin_mjd - kNightsBefore, begin_mjd, "before");
}

RecoveryLimits recovery_limits(const Settings& settings) {
  RecoveryLimits limits;
  limits.min_completeness = settings.injection_min_completeness;
  limits.max_bias = settings.injection_max_bias;
  limits.min_sources = settings.injection_min_sources;
  return limits;
}

std::vector<Fault> faults_of(const Recovery& night, const std::optional<Recovery>& before,
                             const RecoveryLimits& limits) {
  std::vector<Fault> faults;
  if (night.bright.n < limits.min_sources) return faults;
  const std::optional<Recovery> known =
      before && before->bright.n >= limits.min_sources ? before : std::nullopt;
  judge_completeness(night, known, limits, faults);
  judge_bias(night, known, limits, faults);
  return faults;
}

}  // namespace contimg::injection
