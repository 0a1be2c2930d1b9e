// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/solve.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/filesystem.hpp>
#include <cmath>

#include "astro/constants.h"
#include "base/clock.h"
#include "base/error.h"
#include "calibrate/apply_set.h"
#include "calibrate/refant.h"
#include "calibrate/set_solver.h"

namespace contimg::calibrate {
namespace {

constexpr double kDeadShare = 0.95;

// [antenna] share of its visibilities with live antennas that are flagged; 1 without any.
std::vector<double> flagged_shares(const SetSums& sums) {
  std::vector<double> share(sums.n_antenna, 1);
  std::vector<bool> dead(sums.n_antenna, false);
  while (true) {
    std::vector<double> total(sums.n_antenna, 0), good(sums.n_antenna, 0);
    for (std::size_t b = 0; b < sums.baselines.size(); ++b) {
      const auto [p, q] = sums.baselines[b];
      if (dead[p] || dead[q]) continue;
      for (const std::uint32_t a : {p, q}) {
        total[a] += static_cast<double>(sums.n_total[b]);
        good[a] += static_cast<double>(sums.n_good[b]);
      }
    }
    std::size_t worst = sums.n_antenna;
    for (std::size_t a = 0; a < sums.n_antenna; ++a) {
      if (dead[a]) continue;
      share[a] = total[a] > 0 ? 1 - good[a] / total[a] : 1;
      if (share[a] > kDeadShare && (worst == sums.n_antenna || share[a] > share[worst])) worst = a;
    }
    if (worst == sums.n_antenna) return share;
    dead[worst] = true;
    share[worst] = 1;
  }
}

std::size_t find_refant(const std::string& ms_path, const SolveSettings& settings,
                        const ms::Description& set, const std::vector<double>& shares) {
  std::vector<AntennaHealth> health;
  for (std::size_t a = 0; a < shares.size(); ++a)
    health.push_back({set.antennas[a].name, shares[a]});
  std::vector<std::string> preferred = dsa110_refants();
  const bool named = !settings.refant.empty() && settings.refant != "auto";
  if (named) {
    preferred = {settings.refant};
    if (std::none_of(health.begin(), health.end(), [&](const AntennaHealth& antenna) {
          return is_called(antenna.name, settings.refant);
        }))
      throw DataError(ms_path + ": no antenna " + settings.refant +
                      ", expected --refant to name one of " + set.antennas.front().name + " ... " +
                      set.antennas.back().name);
  }
  const auto refant = choose_refant(health, preferred);
  if (!refant)
    throw DataError(ms_path +
                    ": no antenna is flagged less than half, expected one that can be "
                    "the reference; look at the flags (flag-ms)");
  if (named && !is_called(health[*refant].name, settings.refant))
    spdlog::warn(
        "{}: reference antenna {} is flagged by half or more, expected a healthy one; {} is taken",
        ms_path, settings.refant, health[*refant].name);
  return *refant;
}

// What `find` returns; its errors say which set they are of.
template <typename Find>
auto of_set(const std::string& ms_path, Find&& find) {
  try {
    return find();
  } catch (const DataError& error) {
    throw DataError(ms_path + ": " + error.what());
  }
}

SumSettings sum_settings(const SolveSettings& settings, const ms::Description& set,
                         const caltable::Calibration* pre_applied) {
  const std::vector<double>& f = set.spectral_windows.at(0).frequency_hz;
  SumSettings sums;
  sums.interval_s = settings.interval_s;
  sums.uv_range = parse_uv_range(settings.uv_range, (f.front() + f.back()) / 2);
  sums.model = settings.model;
  sums.pre_applied = pre_applied;
  sums.use_integration = settings.use_integration;
  sums.n_thread = settings.n_thread;
  sums.progress = settings.progress;
  sums.check = settings.check;
  return sums;
}

void require_live(const std::string& ms_path, std::size_t n_live, std::size_t least,
                  const std::string& what) {
  if (n_live == 0) throw DataError(ms_path + ": all data are flagged, expected some to solve with");
  if (n_live < least)
    throw DataError(ms_path + ": " + std::to_string(n_live) + " live antennas" + what +
                    ", expected at least " + std::to_string(least) + " (--min-antennas)");
}

// The rows of the tables' HISTORY.
std::vector<std::string> provenance_lines(const std::string& ms_path, const SolveSettings& settings,
                                          const SolvedSet& solved) {
  const std::string model = settings.model == ModelSource::column  ? "MODEL_DATA"
                            : solved.calibrator.sources.size() > 1 ? "catalogue"
                                                                   : "point";
  std::vector<std::string> lines = {"solved: " + ms_path,
                                    "calibrator: " + solved.calibrator.name + ", " +
                                        std::to_string(solved.calibrator.flux_jy) + " Jy at " +
                                        std::to_string(solved.calibrator.frequency_hz / 1e6) +
                                        " MHz, " + solved.calibrator.flux_source,
                                    "model: " + model, "reference antenna: " + solved.refant};
  if (!settings.uv_range.empty()) lines.push_back("baselines: " + settings.uv_range);
  for (const std::string& path : settings.pre_applied) lines.push_back("on top of " + path);
  return lines;
}

}  // namespace

SolvedSet solve_set(const std::string& ms_path, const SolveSettings& settings) {
  const Clock::time_point begin = Clock::now();
  const ms::Reader reader(ms_path);
  const ms::Description set = reader.description();
  const Calibrator calibrator =
      of_set(ms_path, [&] { return find_calibrator(set, settings.calibrator); });
  const ms::RowKeys keys = reader.keys();
  if (keys.integration_time_s.empty()) throw DataError(ms_path + ": a set without rows");
  FieldModel model = of_set(ms_path, [&] {
    return FieldModel(set, keys.integration_time_s[0], calibrator.sources,
                      astro::EarthOrientation::from_setting(settings.earth_orientation));
  });
  std::optional<caltable::Calibration> pre_applied;
  if (!settings.pre_applied.empty())
    pre_applied.emplace(caltable::read_caltables(settings.pre_applied), set);
  SetSums sums = sum_set(ms_path, reader, model,
                         sum_settings(settings, set, pre_applied ? &*pre_applied : nullptr));
  const double read_s = seconds_since(begin);
  const std::vector<double> shares = flagged_shares(sums);
  const auto n_live =
      std::count_if(shares.begin(), shares.end(), [](double share) { return share <= kDeadShare; });
  require_live(ms_path, static_cast<std::size_t>(n_live), settings.min_antennas, "");
  const std::size_t refant = find_refant(ms_path, settings, set, shares);
  const Clock::time_point solving = Clock::now();
  SetSolver solver(settings, std::move(sums), set, refant);
  solver.run();
  if (settings.check) settings.check();
  SolvedSet solved = solver.result(boost::filesystem::path(ms_path).filename().string());
  require_live(ms_path, solved.antennas.size(), settings.min_antennas, " with a signal");
  solved.calibrator = calibrator;
  for (caltable::CalTable& table : solved.tables)
    table.description.provenance = provenance_lines(ms_path, settings, solved);
  solved.figures.beam_response = calibrator.beam_response;
  solved.figures.dec_offset_deg = calibrator.dec_offset_deg;
  solved.figures.refant_flagged = shares[refant];
  const double middle_mjd_s = (set.first_time_mjd_s + set.last_time_mjd_s) / 2;
  solved.solved_mjd = middle_mjd_s / kDay_s;
  solved.dec_deg = ms::pointing_at(set, middle_mjd_s).dec_rad / astro::kDegree;
  solved.read_s = read_s;
  solved.solve_s = seconds_since(solving);
  return solved;
}

}  // namespace contimg::calibrate
