// SPDX-License-Identifier: GPL-3.0-or-later
#include "simulate/truth.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "astro/epoch.h"
#include "base/error.h"
#include "base/version.h"
#include "simulate/stations.h"

namespace contimg::simulate {
namespace {

using nlohmann::json;

json conventions() {
  return {
      {"visibility",
       "visdata(ant_1, ant_2) = conj(R1) R2 sum_k S_k(f) A(theta_k, f) sinc(x_k) exp(+2 pi i f "
       "tau_k); "
       "tau_k = (r2 - r1) . (s_k - s_meridian) / c; conj(E1) E2"},
      {"geometry",
       "r ITRF metres; s_k apparent direction in ITRF axes (precession, nutation, light "
       "deflection, "
       "annual and diurnal aberration, UT1, polar motion, no refraction); s_meridian the ITRF "
       "direction "
       "with longitude of the header and latitude equal to the declination"},
      {"integration", "sinc(x) = sin(x) / x, x = pi f T d(tau_k)/dt, T = 96 * 0.134217728 s"},
      {"primary_beam",
       "A = (2 J1(y) / y)^2, y = pi D sin(theta) f / c, theta from the meridian point"},
      {"response",
       "R = scale^(1/2) exp(log_amplitude + y) exp(i (phase_rad + y + phase_drift_rad s) + 2 pi i "
       "(f - f_mid) delay_s) "
       "level[subband] (1 + ripple cos(2 pi cycles x + ripple_phase_rad + y) "
       "+ i ripple / 2 sin(2 pi (cycles + 1) x + ripple_phase_rad)); x = (f - f_low) / (f_high - "
       "f_low); "
       "s = sin(2 pi (t - reference_mjd_s) / drift_period_s + drift_phase_rad); y = drift s"},
      {"noise",
       "sigma of real and of imaginary part = SEFD / (efficiency sqrt(2 channel_width T)), before "
       "R"},
      {"autocorrelation", "|R|^2 (system_power_jy + sum_k S_k A), real"},
      {"structured_interference",
       "the file .rfi.csv beside this one: sigma noise_jy exp(i phase) is added before R to each "
       "visibility of the rectangle in both polarisations, the phase turning steadily in time and "
       "frequency; channels count from the lowest frequency of the n_subband n_channel, "
       "antennas are index + 1"},
      {"transmitters", "s_k fixed in ITRF; d(tau_k)/dt from the stopped fringe alone"}};
}

json response_json(const AntennaResponse& a) {
  return {{"log_amplitude", a.log_amplitude},
          {"phase_rad", a.phase_rad},
          {"delay_s", a.delay_s},
          {"ripple", a.ripple},
          {"cycles", a.cycles},
          {"ripple_phase_rad", a.ripple_phase_rad},
          {"drift", a.drift},
          {"drift_period_s", a.drift_period_s},
          {"drift_phase_rad", a.drift_phase_rad},
          {"phase_drift_rad", a.phase_drift_rad},
          {"level", a.level}};
}

json stations_json(const GroupTruth& truth) {
  json list = json::array();
  for (const std::size_t station : truth.stations)
    list.push_back({{"index", station},
                    {"name", "DSA-" +
                                 std::string(station < 9    ? "00"
                                             : station < 99 ? "0"
                                                            : "") +
                                 std::to_string(station + 1)},
                    {"itrf_m", station_itrf_m(station)},
                    {"x", response_json(truth.instrument.antenna(station, 0))},
                    {"y", response_json(truth.instrument.antenna(station, 1))}});
  return list;
}

json emitters_json(const GroupTruth& truth, bool sources) {
  json list = json::array();
  for (const Emitter& emitter : truth.emitters) {
    if (sources && emitter.component) {
      const skymodel::Component& c = *emitter.component;
      list.push_back({{"name", c.name},
                      {"ra_deg", c.position.ra_rad / astro::kDegree},
                      {"dec_deg", c.position.dec_rad / astro::kDegree},
                      {"flux_jy", c.flux_jy},
                      {"spectral_index", c.spectral_index},
                      {"reference_frequency_hz", c.reference_frequency_hz},
                      {"log_polynomial", c.log_polynomial},
                      {"separation_rad", emitter.separation_rad}});
    } else if (!sources && emitter.transmitter) {
      const Transmitter& t = *emitter.transmitter;
      list.push_back({{"kind", t.kind},
                      {"low_hz", t.low_hz},
                      {"high_hz", t.high_hz},
                      {"flux_jy", t.flux_jy},
                      {"itrf_direction", t.direction},
                      {"transmits", t.transmits}});
    }
  }
  return list;
}

json faults_json(const std::vector<Fault>& faults) {
  json list = json::array();
  for (const Fault& fault : faults)
    list.push_back({{"kind", fault_name(fault.kind)}, {"options", fault.options}});
  return list;
}

json files_json(const GroupPlan& group) {
  json list = json::array();
  for (const FilePlan& file : group.files) {
    const FileOutcome outcome = file.outcome();
    list.push_back({{"name", file.name},
                    {"subband", file.subband},
                    {"second", file.second},
                    {"outcome", outcome == FileOutcome::valid     ? "valid"
                                : outcome == FileOutcome::invalid ? "invalid"
                                                                  : "absent"},
                    {"faults", faults_json(file.faults)}});
  }
  return list;
}

json earth_json(const GroupTruth& truth) {
  json list = json::array();
  for (const double time : truth.group.time_mjd_s) {
    const astro::Orientation orientation = truth.earth.at(time);
    list.push_back({{"ut1_utc_s", orientation.ut1_utc_s},
                    {"tai_utc_s", astro::tai_minus_utc_s(time)},
                    {"polar_x_rad", orientation.polar_x_rad},
                    {"polar_y_rad", orientation.polar_y_rad}});
  }
  return list;
}

void put_aside_and_rename(const std::string& path, const std::string& text) {
  const std::string aside = path + ".partial";
  std::ofstream file(aside, std::ios::trunc);
  file << text;
  file.close();
  if (!file || std::rename(aside.c_str(), path.c_str()) != 0)
    throw TemporaryError(path + ": cannot be written: " + std::strerror(errno));
}

}  // namespace

std::string expected_outcome(const GroupPlan& group, std::size_t n_subband) {
  return members_of(group).size() < n_subband ? "incomplete" : "complete";
}

void write_truth(const std::string& path, const GroupTruth& truth) {
  const GroupPlan& group = truth.group;
  const Settings& settings = truth.settings;
  const astro::Site site = header_site();
  const double channel_width_hz =
      kSubbandWidthHz / static_cast<double>(settings.observation.n_channel);
  const json document = {{"format", "contimg truth 1"},
                         {"version", kVersion},
                         {"command_line", settings.command_line},
                         {"seed", settings.seed},
                         {"group_id", group.group_id},
                         {"group_index", group.index},
                         {"expected", expected_outcome(group, settings.observation.n_subband)},
                         {"valid_subbands", members_of(group).size()},
                         {"files", files_json(group)},
                         {"faults", faults_json(group.faults)},
                         {"conventions", conventions()},
                         {"site",
                          {{"longitude_rad", site.longitude_rad},
                           {"latitude_rad", site.latitude_rad},
                           {"height_m", site.height_m},
                           {"itrf_m", header_itrf_m()}}},
                         {"pointing_dec_rad", truth.pointing_dec_rad},
                         {"dish_diameter_m", kDishDiameterM},
                         {"time_jd", group.time_jd},
                         {"integration_time_s", kIntegrationTimeS},
                         {"earth_orientation_source", truth.earth.description()},
                         {"earth_orientation", earth_json(truth)},
                         {"n_subband", settings.observation.n_subband},
                         {"n_channel", settings.observation.n_channel},
                         {"channel_width_hz", channel_width_hz},
                         {"first_frequency_hz", kBandTopHz - channel_width_hz / 2},
                         {"polarization", {-5, -6}},
                         {"channel_averaging", settings.instrument.channel_averaging},
                         {"scale", settings.instrument.scale},
                         {"noise_jy", truth.instrument.noise_jy(channel_width_hz)},
                         {"system_power_jy", truth.instrument.system_power_jy()},
                         {"reference_mjd_s", truth.instrument.reference_mjd_s()},
                         {"stations", stations_json(truth)},
                         {"sources", emitters_json(truth, true)},
                         {"transmitters", emitters_json(truth, false)},
                         {"structured_interference", !truth.structured.empty()}};
  put_aside_and_rename(path, document.dump(1) + "\n");
}

void write_structured(const std::string& path, const GroupTruth& truth) {
  std::string text =
      "antenna1,antenna2,kind,first_integration,n_integration,first_channel,n_channel,sigma\n";
  const auto baselines = correlator_baselines(truth.stations);
  for (std::size_t b = 0; b < truth.structured.size(); ++b)
    for (const StructuredEvent& event : truth.structured[b]) {
      char line[160];
      std::snprintf(line, sizeof line, "%zu,%zu,%s,%zu,%zu,%zu,%zu,%.6g\n",
                    baselines[b].station1 + 1, baselines[b].station2 + 1, event.kind,
                    event.first_integration, event.n_integration, event.first_channel,
                    event.n_channel, event.sigma);
      text += line;
    }
  put_aside_and_rename(path, text);
}

}  // namespace contimg::simulate
