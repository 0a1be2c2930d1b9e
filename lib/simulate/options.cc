// SPDX-License-Identifier: GPL-3.0-or-later
#include "simulate/options.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "astro/epoch.h"
#include "base/error.h"

namespace contimg::simulate {
namespace {

LateFiles parse_late(const std::string& text) {
  if (text == "write") return LateFiles::write;
  if (text == "hold") return LateFiles::hold;
  if (text == "only") return LateFiles::only;
  throw UsageError("--late " + text + ": expected write, hold or only");
}

void require_not_negative(double value, const char* option) {
  if (!(value >= 0)) throw UsageError(std::string(option) + ": expected 0 or more");
}

}  // namespace

Settings resolved(const Options& options) {
  Settings settings = options.settings;
  if (!options.start.empty()) {
    settings.observation.start_mjd_s = astro::parse_stamp(options.start);
    if (!settings.observation.start_mjd_s)
      throw UsageError("--start " + options.start + ": expected YYYY-MM-DDTHH:MM:SS");
    settings.observation.start_mjd_s = std::floor(*settings.observation.start_mjd_s + 1e-6);
  }
  if (options.dec_deg) settings.observation.pointing_dec_rad = *options.dec_deg * astro::kDegree;
  settings.sky.random_radius_rad = options.random_radius_deg * astro::kDegree;
  if (settings.sky.flux_min_jy <= 0 || settings.sky.flux_max_jy < settings.sky.flux_min_jy)
    throw UsageError("--flux-min, --flux-max: expected 0 < minimum <= maximum");
  InstrumentSettings& instrument = settings.instrument;
  if (options.ideal) {
    instrument.sefd_jy = instrument.gain_error = instrument.phase_error_rad = 0;
    instrument.delay_error_s = instrument.bandpass_error = 0;
  }
  instrument.sefd_jy = options.sefd_jy.value_or(instrument.sefd_jy);
  instrument.gain_error = options.gain_error.value_or(instrument.gain_error);
  if (options.phase_error_deg)
    instrument.phase_error_rad = *options.phase_error_deg * astro::kDegree;
  if (options.delay_error_ns) instrument.delay_error_s = *options.delay_error_ns * 1e-9;
  instrument.bandpass_error = options.bandpass_error.value_or(instrument.bandpass_error);
  require_not_negative(instrument.sefd_jy, "--sefd-jy");
  require_not_negative(instrument.gain_error, "--gain-error");
  require_not_negative(instrument.bandpass_error, "--bandpass-error");
  require_not_negative(instrument.drift, "--drift");
  require_not_negative(options.phase_drift_deg, "--phase-drift-deg");
  instrument.phase_drift_rad = options.phase_drift_deg * astro::kDegree;
  if (!options.drift_start.empty()) {
    instrument.drift_reference_mjd_s = astro::parse_stamp(options.drift_start);
    if (!instrument.drift_reference_mjd_s)
      throw UsageError("--drift-start " + options.drift_start + ": expected YYYY-MM-DDTHH:MM:SS");
  }
  require_not_negative(settings.pace, "--pace");
  if (instrument.efficiency <= 0 || instrument.efficiency > 1)
    throw UsageError("--efficiency: expected above 0, at most 1");
  if (instrument.scale <= 0) throw UsageError("--correlator-scale: expected above 0");
  for (const std::string& fault : options.faults) settings.faults.push_back(parse_fault(fault));
  settings.late = parse_late(options.late);
  return settings;
}

std::string to_json(const WrittenFile& file) {
  return nlohmann::json{{"stage", "simulate"},
                        {"group_id", file.group_id},
                        {"product", file.path},
                        {"subband", file.subband},
                        {"faults", file.faults}}
      .dump();
}

}  // namespace contimg::simulate
