// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/calibrate_tile.h"

#include <algorithm>
#include <boost/filesystem.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "astro/primary_beam.h"
#include "base/clock.h"
#include "base/error.h"
#include "caltable/writer.h"
#include "ms/in_place.h"
#include "skymodel/catalogue.h"
#include "skymodel/primary_calibrators.h"

namespace contimg::calibrate {
namespace {

namespace fs = boost::filesystem;
using Json = nlohmann::ordered_json;

struct Seen {
  skymodel::Component component;
  double apparent_jy = 0;
};

std::vector<Seen> from_catalogue(const std::string& path, const skymodel::Cone& cone) {
  skymodel::Catalogue catalogue(path);
  std::vector<Seen> seen;
  for (const skymodel::ConeMatch& match : catalogue.cone(cone)) {
    if (!(match.apparent_jy > 0)) continue;
    if (const auto component = skymodel::component_at(match.source, cone.frequency_hz))
      seen.push_back({*component, match.apparent_jy});
  }
  return seen;
}

std::vector<Seen> from_primaries(const skymodel::Cone& cone) {
  std::vector<Seen> seen;
  for (const skymodel::PrimaryCalibrator& primary : skymodel::primary_calibrators()) {
    const double away_rad = astro::separation_rad(primary.component.position, cone.centre);
    if (away_rad > cone.radius_rad) continue;
    seen.push_back({primary.component,
                    skymodel::flux_density_jy(primary.component, cone.frequency_hz) *
                        astro::airy_power(away_rad, cone.frequency_hz, cone.beam_diameter_m)});
  }
  return seen;
}

double middle_hz(const ms::SpectralWindow& window) {
  return (window.frequency_hz.front() + window.frequency_hz.back()) / 2;
}

TileReport tile_from_json(const Json& json) {
  TileReport tile;
  for (const TileOutcome known : {TileOutcome::solved, TileOutcome::too_weak, TileOutcome::failed})
    if (json.value("outcome", "") == outcome_name(known)) tile.outcome = known;
  tile.reason = json.value("reason", "");
  tile.kind = json.value("kind", "");
  tile.n_source = json.value("sources", std::size_t{0});
  tile.apparent_jy = json.value("apparent_jy", 0.0);
  tile.n_live = json.value("live_antennas", std::size_t{0});
  tile.n_solved = json.value("solved_antennas", std::size_t{0});
  tile.median_snr = json.value("median_snr", 0.0);
  tile.flux_ratio = json.value("flux_ratio", 0.0);
  tile.rms_phase_rad = json.value("rms_phase_deg", 0.0) * astro::kDegree;
  tile.residual_before = json.contains("residual_ratio") ? 1 : 0;
  tile.residual_after = json.value("residual_ratio", 0.0);
  return tile;
}

std::string refant_of(const std::vector<caltable::NamedTable>& tables) {
  for (const caltable::NamedTable& named : tables) {
    if (named.table.kind != caltable::Kind::gain || named.table.solutions.empty()) continue;
    const int refant = named.table.solutions.front().refant;
    const auto& antennas = named.table.description.antennas;
    if (refant >= 0 && static_cast<std::size_t>(refant) < antennas.size())
      return antennas[static_cast<std::size_t>(refant)].name;
  }
  return "";
}

// One run of calibrate_tile().
class ScienceGroup {
 public:
  ScienceGroup(const std::string& path, const ScienceSettings& settings)
      : path_(path), settings_(settings), apply_(settings.apply) {}

  ScienceReport run() {
    { const ms::SetLock puts_in_order_what_was_killed(path_); }
    if (!apply_.force && !apply_.tables.empty() &&
        is_applied(path_, apply_.set_name, apply_.tables, apply_.in_memory) &&
        Json::parse(applied_record(path_)).contains("tile") == settings_.solve_tile) {
      take_from_record();
    } else {
      if (settings_.solve_tile) solve();
      apply_.force = apply_.force || report_.tile_tried;  // its outcome is to be recorded
      Json details = Json::parse(apply_.details);
      if (report_.tile_tried) details["tile"] = Json::parse(tile_json(report_.tile));
      apply_.details = details.dump();
    }
    report_.applied = apply_set(path_, apply_);
    return report_;
  }

 private:
  // The tables that were applied, the tile's own among them, so that apply_set() finds them done.
  void take_from_record() {
    const Json record = Json::parse(applied_record(path_));
    for (std::size_t i = apply_.tables.size(); i < record["tables"].size(); ++i) {
      report_.tile_table = record["tables"][i]["path"];
      apply_.tables.push_back(report_.tile_table);
    }
    if (!record.contains("tile")) return;
    report_.tile_tried = true;
    report_.tile = tile_from_json(record["tile"]);
  }

  void solve() {
    if (!settings_.catalogue.empty() && !fs::exists(settings_.catalogue))
      throw UsageError(settings_.catalogue +
                       ": no such file, expected a catalogue; make it with "
                       "import-catalogue");
    const Clock::time_point begin = Clock::now();
    report_.tile_tried = true;
    try {
      solve_and_write();
    } catch (const DataError& error) {
      report_.tile.outcome = TileOutcome::failed;
      report_.tile.reason = error.what();
    }
    if (report_.tile_table.empty() && !settings_.tile_table.empty())
      remove_tree(settings_.tile_table);  // of an earlier run: nobody shall apply it
    report_.tile_s = seconds_since(begin);
  }

  void solve_and_write() {
    const ms::Reader set(path_, ms::Unfinished::accept);
    const ms::Description description = set.description();
    const std::vector<caltable::NamedTable> tables = caltable::read_caltables(apply_.tables);
    const caltable::Calibration calibration(tables, description);
    double apparent_jy = 0;
    const std::vector<skymodel::Component> sources =
        tile_sources(settings_.catalogue, description, settings_.sources, apparent_jy);
    if (sources.empty()) {
      report_.tile.outcome = TileOutcome::too_weak;
      report_.tile.reason = "no source of known flux density in the beam";
      return;
    }
    TileSolution solution = solve_tile(sums_of(set, description, calibration, sources),
                                       names_of(description), tile_settings(tables));
    report_.tile = solution.report;
    report_.tile.n_source = sources.size();
    report_.tile.apparent_jy = apparent_jy;
    if (report_.tile.outcome != TileOutcome::solved) return;
    const std::string name = fs::path(path_).filename().string();
    caltable::CalTable table = tile_table(solution, name, description);
    table.description.provenance_application = "contimg calibrate-ms";
    table.description.provenance_command = apply_.command_line;
    table.description.provenance = {"tile's own solve: " + tile_json(report_.tile)};
    for (const std::string& path : apply_.tables)
      table.description.provenance.push_back("on top of " + path);
    caltable::write_caltable(settings_.tile_table, table, this_process(0), true);
    report_.tile_table = settings_.tile_table;
    apply_.tables.push_back(settings_.tile_table);
  }

  SetSums sums_of(const ms::Reader& set, const ms::Description& description,
                  const caltable::Calibration& calibration,
                  const std::vector<skymodel::Component>& sources) const {
    const std::vector<double> integration_s = set.keys().integration_time_s;
    if (integration_s.empty()) throw DataError(path_ + ": has no rows, expected some");
    const astro::EarthOrientation earth =
        settings_.earth_orientation.empty()
            ? astro::EarthOrientation::built_in()
            : astro::EarthOrientation::load(settings_.earth_orientation);
    FieldModel model(description, integration_s.front(), sources, earth);
    SumSettings sums;
    sums.interval_s = settings_.interval_s;
    sums.pre_applied = &calibration;
    sums.n_thread = apply_.n_thread;
    sums.check = apply_.check;
    return sum_set(path_, set, model, sums);
  }

  static std::vector<std::string> names_of(const ms::Description& description) {
    std::vector<std::string> names;
    for (const ms::Antenna& antenna : description.antennas) names.push_back(antenna.name);
    return names;
  }

  TileSettings tile_settings(const std::vector<caltable::NamedTable>& tables) const {
    TileSettings tile = settings_.tile;
    if (tile.refant.empty()) tile.refant = refant_of(tables);
    return tile;
  }

  std::string path_;
  const ScienceSettings& settings_;
  ApplySettings apply_;
  ScienceReport report_;
};

}  // namespace

std::vector<skymodel::Component> tile_sources(const std::string& catalogue,
                                              const ms::Description& set,
                                              const TileSourceSettings& settings,
                                              double& apparent_jy) {
  skymodel::Cone cone;
  cone.centre = ms::pointing_at(set, (set.first_time_mjd_s + set.last_time_mjd_s) / 2);
  cone.radius_rad = settings.radius_rad;
  cone.frequency_hz = middle_hz(set.spectral_windows.at(0));
  cone.beam_diameter_m = set.antennas.at(0).dish_diameter_m;
  cone.order = skymodel::ConeOrder::flux;
  std::vector<Seen> seen =
      catalogue.empty() ? from_primaries(cone) : from_catalogue(catalogue, cone);
  std::sort(seen.begin(), seen.end(),
            [](const Seen& a, const Seen& b) { return a.apparent_jy > b.apparent_jy; });
  std::vector<skymodel::Component> sources;
  apparent_jy = 0;
  for (const Seen& source : seen) {
    if (sources.size() >= settings.max_sources) break;
    if (!(source.apparent_jy >= settings.min_share * seen.front().apparent_jy)) break;
    sources.push_back(source.component);
    apparent_jy += source.apparent_jy;
  }
  return sources;
}

ScienceReport calibrate_tile(const std::string& ms_path, const ScienceSettings& settings) {
  return ScienceGroup(ms_path, settings).run();
}

std::string tile_json(const TileReport& report) {
  const auto rounded = [](double value) { return std::round(value * 1e4) / 1e4; };
  Json json = {{"outcome", outcome_name(report.outcome)},
               {"reason", report.reason},
               {"kind", report.kind},
               {"sources", report.n_source},
               {"apparent_jy", rounded(report.apparent_jy)},
               {"live_antennas", report.n_live},
               {"solved_antennas", report.n_solved},
               {"median_snr", rounded(report.median_snr)},
               {"flux_ratio", rounded(report.flux_ratio)},
               {"rms_phase_deg", rounded(report.rms_phase_rad * 180 / M_PI)}};
  if (report.residual_before > 0)
    json["residual_ratio"] = rounded(report.residual_after / report.residual_before);
  return json.dump();
}

}  // namespace contimg::calibrate
