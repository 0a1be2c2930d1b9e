// SPDX-License-Identifier: GPL-3.0-or-later
// What becomes of a solved set: tables on disk, B last, a picture, a row for the registry, JSON, log lines.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/filesystem.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/atomic_output.h"
#include "base/error.h"
#include "base/text.h"
#include "base/version.h"
#include "calibrate/solution_drawing.h"
#include "calibrate/solve.h"
#include "caltable/writer.h"

namespace contimg::calibrate {
namespace {

using Json = nlohmann::ordered_json;

double rounded(double value, double digits) {
  const double scale = std::pow(10.0, digits);
  return std::round(value * scale) / scale;
}

// What the solver found out and no gate asks for.
Json quality_of(const SolvedSet& solved) {
  return {{"chi_squared", rounded(solved.chi_squared, 4)},
          {"amplitude_scatter", rounded(solved.amplitude_scatter, 5)},
          {"channels_averaged", solved.channels_averaged},
          {"n_interpolated", solved.n_interpolated},
          {"largest_delay_ns", rounded(solved.largest_delay_ns, 4)},
          {"weak_antennas", solved.weak_antennas},
          {"dead_antennas", solved.dead_antennas}};
}

// Removes a table in one step as others see it.
void take_away(const std::string& path, const PartialOwner& owner) {
  if (!boost::filesystem::exists(path)) return;
  const AtomicOutput aside(path, owner, true);
  boost::filesystem::rename(path, aside.path());
}

}  // namespace

std::vector<std::string> write_tables(const SolvedSet& solved, const std::string& stem,
                                      bool overwrite) {
  const std::string last = stem + ".B";
  if (!overwrite && boost::filesystem::exists(last))
    throw ProductExists(last + ": exists already; give --force to replace it");
  const PartialOwner owner = this_process(0);
  for (const char* suffix : {".B", ".K", ".G", ".G2"}) take_away(stem + suffix, owner);
  std::vector<std::string> paths;
  for (const std::string& suffix : solved.suffixes) paths.push_back(stem + suffix);
  for (const bool is_last : {false, true})
    for (std::size_t i = 0; i < paths.size(); ++i)
      if ((paths[i] == last) == is_last)
        caltable::write_caltable(paths[i], solved.tables[i], owner, false);
  return paths;
}

void draw_or_warn(const SolvedSet& solved, const std::vector<std::string>& paths,
                  const std::string& png_path) {
  std::vector<caltable::NamedTable> tables;
  for (std::size_t i = 0; i < paths.size(); ++i) tables.push_back({paths[i], solved.tables[i]});
  const std::string title = boost::filesystem::path(png_path).stem().string() + ": " +
                            solved.calibrator.name + ", reference antenna " + solved.refant;
  try {
    draw_solutions(tables, solved.dead_antennas, title, png_path);
  } catch (const TemporaryError& error) {
    spdlog::warn("{}", error.what());
  }
}

registry::NewSet new_set(const SolvedSet& solved, const std::vector<std::string>& paths) {
  registry::NewSet set;
  set.tables = paths;
  set.solved_mjd = solved.solved_mjd;
  set.dec_deg = solved.dec_deg;
  set.calibrator = solved.calibrator.iau_name;
  set.flux_jy = solved.calibrator.flux_jy;
  set.frequency_hz = solved.calibrator.frequency_hz;
  set.flux_source = solved.calibrator.flux_source;
  set.refant = solved.refant;
  set.antennas = solved.antennas;
  set.software_version = kVersion;
  set.quality = quality_of(solved).dump();
  return set;
}

std::string solve_json(const std::string& ms_path, const SolvedSet& solved,
                       const std::vector<std::string>& paths, const registry::GateLimits& limits) {
  const registry::Verdict verdict = registry::judge(solved.figures, limits);
  Json json = {{"stage", "calibrate"},
               {"product", paths.front()},
               {"state", "solved"},
               {"ms", ms_path},
               {"tables", paths},
               {"calibrator", solved.calibrator.name},
               {"flux_jy", rounded(solved.calibrator.flux_jy, 4)},
               {"frequency_hz", solved.calibrator.frequency_hz},
               {"flux_source", solved.calibrator.flux_source},
               {"refant", solved.refant},
               {"n_antenna", solved.antennas.size()}};
  json.update(quality_of(solved));
  json["judged"] = verdict.json();
  json["seconds"] = rounded(solved.read_s + solved.solve_s, 3);
  return json.dump();
}

void log_solve(const SolvedSet& solved, const registry::GateLimits& limits, bool profile) {
  spdlog::info(
      "{}, {:.3f} Jy at {:.1f} MHz ({}): {} antennas solved, median SNR {:.1f}, bandpass "
      "scatter {:.1f} deg, {:.2f} %, reference antenna {}",
      solved.calibrator.name, solved.calibrator.flux_jy, solved.calibrator.frequency_hz / 1e6,
      solved.calibrator.flux_source, solved.antennas.size(), solved.figures.median_snr.value_or(0),
      solved.figures.phase_scatter_deg.value_or(0), 100 * solved.amplitude_scatter, solved.refant);
  if (!solved.dead_antennas.empty())
    spdlog::info("no signal: antennas {}", joined(solved.dead_antennas));
  if (!solved.weak_antennas.empty())
    spdlog::info("too weak for a bandpass: antennas {}", joined(solved.weak_antennas));
  const registry::Verdict verdict = registry::judge(solved.figures, limits);
  if (verdict.grade == registry::Grade::pass)
    spdlog::info("{}", verdict.text());
  else
    spdlog::warn("{}", verdict.text());
  if (profile)
    spdlog::info("read and summed in {:.2f} s, solved in {:.2f} s", solved.read_s, solved.solve_s);
}

}  // namespace contimg::calibrate
