// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry/tables.h"

#include <algorithm>
#include <boost/filesystem.hpp>
#include <cmath>
#include <map>
#include <set>

#include "base/clock.h"
#include "base/error.h"
#include "base/sha256.h"
#include "caltable/reader.h"
#include "caltable/recorded.h"

namespace contimg::registry {
namespace {

namespace fs = boost::filesystem;
using caltable::CalTable;
using caltable::Solutions;

/// [antenna] with at least one solution.
std::vector<char> alive(const CalTable& table) {
  const std::size_t n_antenna = table.description.antennas.size();
  std::vector<char> live(n_antenna, 0);
  for (const Solutions& s : table.solutions)
    for (std::size_t i = 0; i < s.flagged.size(); ++i)
      if (s.flagged[i] == 0) live[i / (s.n_channel * caltable::kReceptors)] = 1;
  return live;
}

double flagged_share(const CalTable& table, const std::set<std::string>& live) {
  std::size_t flagged = 0, all = 0;
  for (const Solutions& s : table.solutions) {
    for (std::size_t i = 0; i < s.flagged.size(); ++i) {
      const std::size_t antenna = i / (s.n_channel * caltable::kReceptors);
      if (live.count(table.description.antennas[antenna].name) == 0) continue;
      ++all;
      flagged += s.flagged[i] != 0 ? 1 : 0;
    }
  }
  return all == 0 ? 1 : static_cast<double>(flagged) / static_cast<double>(all);
}

/// Nothing where a table says none (a writer that fills SNR with 0 or 1 does not know it).
std::optional<double> median_snr(const CalTable& table) {
  std::vector<float> snr;
  for (const Solutions& s : table.solutions)
    for (std::size_t i = 0; i < s.snr.size(); ++i)
      if (s.flagged[i] == 0 && std::isfinite(s.snr[i])) snr.push_back(s.snr[i]);
  if (snr.empty()) return std::nullopt;
  if (std::all_of(snr.begin(), snr.end(), [&](float x) { return x == snr[0]; }) && snr[0] <= 1)
    return std::nullopt;
  const auto middle = snr.begin() + static_cast<std::ptrdiff_t>(snr.size() / 2);
  std::nth_element(snr.begin(), middle, snr.end());
  return *middle;
}

/// The same antennas by name, wherever they are in the list, and the same feeds.
void require_fit(const CalTable& table, const CalTable& first, const std::string& path,
                 const std::string& first_path) {
  const auto names = [](const CalTable& t) {
    std::set<std::string> found;
    for (const ms::Antenna& antenna : t.description.antennas) found.insert(antenna.name);
    return found;
  };
  if (names(table) != names(first))
    throw DataError(path + ": other antennas than " + first_path +
                    ", expected tables of one solve in a set");
  if (table.description.correlations != first.description.correlations)
    throw DataError(path + ": other feeds than " + first_path +
                    ", expected tables of one solve in a set");
}

void add_times(const CalTable& table, const std::string& path, SetFacts& facts) {
  for (const Solutions& s : table.solutions) {
    const double from = (s.time_mjd_s - s.interval_s / 2) / kDay_s;
    const double until = (s.time_mjd_s + s.interval_s / 2) / kDay_s;
    if (!std::isfinite(from) || !std::isfinite(until) || from <= 0 || until < from)
      throw DataError(path + ": TIME and INTERVAL are no times, expected MJD seconds");
    facts.solved_from_mjd =
        facts.solved_from_mjd == 0 ? from : std::min(facts.solved_from_mjd, from);
    facts.solved_until_mjd = std::max(facts.solved_until_mjd, until);
  }
}

std::set<std::string> live_names(const CalTable& table, const std::string& path) {
  const std::vector<char> live = alive(table);
  std::set<std::string> names;
  for (std::size_t a = 0; a < live.size(); ++a)
    if (live[a]) names.insert(table.description.antennas[a].name);
  if (names.empty())
    throw DataError(path + ": every solution is flagged, expected at least one that is not");
  return names;
}

void add_labels(const CalTable& table, SetFacts& facts) {
  facts.has_gains = facts.has_gains || table.kind == caltable::Kind::gain;
  if (facts.ms_name.empty()) facts.ms_name = table.ms_name;
  const Solutions& s = table.solutions.front();
  const auto& fields = table.description.fields;
  if (facts.field.empty() && s.field >= 0 && static_cast<std::size_t>(s.field) < fields.size())
    facts.field = fields[static_cast<std::size_t>(s.field)].name;
  if (facts.refant.empty() && s.refant >= 0)
    facts.refant = table.description.antennas.at(static_cast<std::size_t>(s.refant)).name;
}

/// Narrows the band to what this table covers.
void add_band(const CalTable& table, SetFacts& facts) {
  double low_hz = INFINITY, high_hz = 0;
  int n_channel = 0;
  for (const ms::SpectralWindow& window : table.description.spectral_windows) {
    for (std::size_t c = 0; c < window.frequency_hz.size(); ++c) {
      low_hz = std::min(low_hz, window.frequency_hz[c] - window.width_hz[c] / 2);
      high_hz = std::max(high_hz, window.frequency_hz[c] + window.width_hz[c] / 2);
    }
    n_channel += static_cast<int>(window.frequency_hz.size());
  }
  facts.low_edge_hz = std::max(facts.low_edge_hz, low_hz);
  facts.high_edge_hz = facts.high_edge_hz == 0 ? high_hz : std::min(facts.high_edge_hz, high_hz);
  facts.n_channel = std::max(facts.n_channel, n_channel);
}

std::string config_hash(const CalTable& table, const SetFacts& facts) {
  std::string text = table.description.telescope_name;
  for (const double edge_hz : {facts.low_edge_hz, facts.high_edge_hz})
    text += " " + std::to_string(std::lround(edge_hz));
  text += " " + std::to_string(facts.n_channel);
  for (const int correlation : table.description.correlations)
    text += " " + std::to_string(correlation);
  return sha256(text);
}

/// Shares and SNR of the worst table, among antennas that live in all.
Figures figures_of(const std::vector<CalTable>& tables, const std::set<std::string>& live) {
  Figures figures;
  figures.live_antennas = static_cast<double>(live.size());
  figures.flagged_share = 0;
  for (const CalTable& table : tables) {
    figures.flagged_share = std::max(*figures.flagged_share, flagged_share(table, live));
    const std::optional<double> snr = median_snr(table);
    if (snr) figures.median_snr = std::min(figures.median_snr.value_or(*snr), *snr);
  }
  return figures;
}

/// One table, and its entry in the facts.
CalTable read_unchanged(const std::string& path, SetFacts& facts) {
  const std::string before = caltable::fingerprint(path);
  CalTable table = caltable::read_caltable(path);
  if (caltable::fingerprint(path) != before)
    throw DataError(path + ": changed while it was read, expected a finished table");
  if (table.solutions.empty()) throw DataError(path + ": has no solutions, expected at least one");
  facts.tables.push_back(
      {fs::absolute(path).lexically_normal().string(), caltable::vis_cal(table.kind), before});
  return table;
}

}  // namespace

SetFacts read_tables(const std::vector<std::string>& paths) {
  if (paths.empty())
    throw UsageError("calibration set: no tables, expected at least one, in order of application");
  if (std::set<std::string>(paths.begin(), paths.end()).size() != paths.size())
    throw UsageError("calibration set: a table is named twice, expected each once");
  SetFacts facts;
  std::vector<CalTable> tables;
  std::set<std::string> live;
  for (const std::string& path : paths) {
    tables.push_back(read_unchanged(path, facts));
    const CalTable& table = tables.back();
    require_fit(table, tables.front(), path, paths.front());
    add_times(table, path, facts);
    add_labels(table, facts);
    add_band(table, facts);
    const std::set<std::string> here = live_names(table, path);
    std::set<std::string> both;
    std::set_intersection(live.begin(), live.end(), here.begin(), here.end(),
                          std::inserter(both, both.end()));
    live = tables.size() == 1 ? here : both;
  }
  if (live.empty())
    throw DataError(paths.front() +
                    ": no antenna has a solution in every table, expected at least one");
  if (facts.low_edge_hz >= facts.high_edge_hz)
    throw DataError(paths.front() +
                    ": covers another band than the other tables, expected tables of one solve");
  facts.config_hash = config_hash(tables.front(), facts);
  facts.antennas.assign(live.begin(), live.end());
  facts.figures = figures_of(tables, live);
  return facts;
}

}  // namespace contimg::registry
