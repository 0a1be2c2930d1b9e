// SPDX-License-Identifier: GPL-3.0-or-later
// simulate-observation: write subband files as the correlator does, with the truth beside them.
//
// Reads   a CSV list of sources, or makes up a sky
// Writes  <stamp>_sbNN.hdf5 and <group_id>.truth.json
// Next    scan-incoming
//
// Manual: docs/tools/simulate-observation.md

#include "simulate/simulate_observation.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/run_tool.h"
#include "simulate/options.h"

namespace {

using namespace contimg;

void declare(CLI::App& app, simulate::Options& o, Settings& shared) {
  auto& s = o.settings;
  const auto add = [&app](const char* name, auto& value, const char* text, const char* type) {
    return app.add_option(name, value, text)->type_name(type);
  };
  const auto plain = [&add](const char* name, auto& value, const char* text, const char* type) {
    add(name, value, text, type)->capture_default_str();
  };
  plain("--output-dir", s.output_dir, "Where the files go; the folder must exist.", "DIR");
  plain("--groups", s.observation.n_group, "Consecutive groups, one every 309.24 s.", "N");
  add("--start", o.start, "Stamp of the first group, YYYY-MM-DDTHH:MM:SS (UTC).", "STAMP");
  add("--dec", o.dec_deg, "Apparent declination pointed at, degrees.", "DEG");
  plain("--antennas", s.observation.n_antenna, "Correlated antennas, 2 to 96.", "N");
  app.add_flag("--outriggers,!--no-outriggers", s.observation.outriggers,
               "Use stations beyond the two arms; the default.");
  plain("--channels", s.observation.n_channel, "Channels in each subband of 11.72 MHz.", "N");
  plain("--integrations", s.observation.n_integration, "Integrations of 12.885 s, 1 to 24.", "N");
  plain("--subbands", s.observation.n_subband, "Subbands, from sb00 on, 1 to 16.", "N");
  cli::add_settings(app, shared, {"--earth-orientation"});
  add("--sky", s.sky.csv_path, "Sources: a CSV file.", "FILE");
  add("--calibrator", s.sky.calibrator, "A primary calibrator, in transit at mid-group.", "NAME");
  plain("--random-sources", s.sky.n_random, "Random sources about each group's centre.", "N");
  plain("--random-radius-deg", o.random_radius_deg, "How far from the centre they lie.", "DEG");
  plain("--flux-min", s.sky.flux_min_jy, "Faintest random source, Jy.", "JY");
  plain("--flux-max", s.sky.flux_max_jy, "Brightest random source, Jy.", "JY");
  app.add_flag("--ideal", o.ideal, "No noise and no errors but those asked for by an option.");
  add("--sefd-jy", o.sefd_jy, "System equivalent flux density; 0: no noise [5800]", "JY");
  plain("--efficiency", s.instrument.efficiency, "Efficiency of the correlator.", "X");
  add("--gain-error", o.gain_error, "Rms error of the antennas' log amplitudes [0.1]", "X");
  add("--phase-error-deg", o.phase_error_deg, "Rms error of their phases [30]", "DEG");
  add("--delay-error-ns", o.delay_error_ns, "Rms error of their delays [3]", "NS");
  add("--bandpass-error", o.bandpass_error, "Ripples and subband steps [0.05]", "X");
  plain("--drift", s.instrument.drift, "Rms slow change of gains and bandpasses.", "X");
  plain("--phase-drift-deg", o.phase_drift_deg, "Rms slow change of phases alone.", "DEG");
  add("--drift-start", o.drift_start, "Where drifts begin to count [the first integration]",
      "STAMP");
  plain("--correlator-scale", s.instrument.scale, "Correlator units per Jy.", "X");
  app.add_flag("--channel-averaging", s.instrument.channel_averaging,
               "Smear over the width of the channels too.");
  add("--rfi", s.instrument.interference, "Interference: narrow, broad, intermittent, structured.",
      "KIND")
      ->allow_extra_args(false);
  add("--fault", o.faults, "Damage: KIND[:group=N][:subband=N|all][:option=value]", "KIND")
      ->allow_extra_args(false);
  add("--fault-mix", s.fault_mix, "Every kind of fault, one in about every third group.", "SEED");
  plain("--late", o.late, "What to do with late files: write, hold, only.", "WHAT");
  plain("--pace", s.pace, "Speed against real time; 0: as fast as possible.", "FACTOR");
  plain("--seed", s.seed, "What all random numbers come from.", "N");
  app.add_option("--noise-seed", s.noise_seed, "What the noise comes from, else --seed.")
      ->type_name("N");
  app.add_flag("--overwrite", s.overwrite, "Replace files that exist.");
  plain("-j,--threads", s.n_thread, "Threads; 0: one per processor.", "N");
  app.add_flag("--json", o.json, "Print one JSON object a file instead of its path.");
}

ExitCode run(simulate::Options& options, const Settings& shared) {
  options.settings.observation.earth_orientation_path = shared.earth_orientation;
  simulate::simulate_observation(simulate::resolved(options), [&](const auto& file) {
    std::cout << (options.json ? simulate::to_json(file) : file.path) << std::endl;
  });
  return ExitCode::success;
}

}  // namespace

int main(int argc, char** argv) {
  simulate::Options options;
  Settings shared;
  for (int i = 0; i < argc; ++i)
    options.settings.command_line += (i ? " " : "") + std::string(argv[i]);
  cli::Tool tool;
  tool.name = "simulate-observation";
  tool.summary = "Write subband files as the correlator does, with the truth beside them.";
  tool.declare = [&](CLI::App& app) { declare(app, options, shared); };
  tool.run = [&] { return run(options, shared); };
  return cli::run_tool(argc, argv, tool);
}
