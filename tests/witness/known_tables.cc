// SPDX-License-Identifier: GPL-3.0-or-later
// known_tables MS STEM TRUTH.json: writes STEM.B and STEM.G, the responses that simulate-observation
// wrote down for the antennas of a group (docs/formats/truth-json.md), as they were at the middle of
// the set. Shares no code with the simulator.
// known_tables MS STEM SEED: writes STEM.K, STEM.B and STEM.G for the antennas and channels of a set:
// delays of some nanoseconds, a bandpass with ripples, gains of all phases, drawn from SEED.

#include <cmath>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "caltable/writer.h"
#include "ms/reader.h"

namespace {

using namespace contimg;

caltable::CalTable empty_table(caltable::Kind kind, const ms::Description& set) {
  caltable::CalTable table{kind, "known.ms", set, {}, {}};
  if (kind != caltable::Kind::bandpass)
    for (auto& window : table.description.spectral_windows) window = caltable::whole_band(window);
  for (std::size_t w = 0; w < set.spectral_windows.size(); ++w) {
    const std::size_t n_channel = table.description.spectral_windows[w].frequency_hz.size();
    caltable::Solutions s = caltable::flagged_solutions(kind, set.antennas.size(), n_channel);
    s.time_mjd_s = (set.first_time_mjd_s + set.last_time_mjd_s) / 2;
    s.interval_s = set.last_time_mjd_s - set.first_time_mjd_s;
    s.spectral_window = static_cast<std::int32_t>(w);
    s.refant = 0;
    std::fill(s.flagged.begin(), s.flagged.end(), 0);
    std::fill(s.snr.begin(), s.snr.end(), 50.0F);
    std::fill(s.error.begin(), s.error.end(), 0.02F);
    table.solutions.push_back(std::move(s));
  }
  return table;
}

void write_drawn(const ms::Description& set, const std::string& stem, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  caltable::CalTable delays = empty_table(caltable::Kind::delay, set);
  caltable::CalTable bandpass = empty_table(caltable::Kind::bandpass, set);
  caltable::CalTable gains = empty_table(caltable::Kind::gain, set);
  for (auto& s : delays.solutions)
    for (float& delay_ns : s.delay_ns) delay_ns = static_cast<float>(5 * normal(random));
  for (auto& s : bandpass.solutions)
    for (std::size_t i = 0; i < s.gain.size(); ++i)
      s.gain[i] = std::complex<float>(std::polar(1 + 0.1 * std::sin(0.05 * static_cast<double>(i)),
                                                 0.1 * std::cos(0.03 * static_cast<double>(i))));
  for (auto& s : gains.solutions)
    for (auto& gain : s.gain)
      gain = std::complex<float>(std::polar(0.07 * std::exp(0.1 * normal(random)), normal(random)));
  const PartialOwner owner = this_process(0);
  caltable::write_caltable(stem + ".K", delays, owner, true);
  caltable::write_caltable(stem + ".B", bandpass, owner, true);
  caltable::write_caltable(stem + ".G", gains, owner, true);
}

// The formula "response" of the truth, without its scale, split into a bandpass and a gain.
std::complex<double> response(const nlohmann::json& a, double frequency_hz, double turns_s) {
  constexpr double kWidth = 11718750.0 * 16, kTop = 1498643188.4765625 + 122070.3125;
  const double x = (frequency_hz - (kTop - kWidth)) / kWidth, two_pi = 2 * std::acos(-1.0);
  const auto number = [&](const char* name) { return a[name].get<double>(); };
  const double s =
      std::sin(two_pi * turns_s / number("drift_period_s") + number("drift_phase_rad"));
  const double y = number("drift") * s;
  const auto subband = static_cast<std::size_t>((kTop - frequency_hz) / 11718750.0);
  const double phase = number("phase_rad") + y + number("phase_drift_rad") * s +
                       two_pi * (x - 0.5) * kWidth * number("delay_s");
  const std::complex<double> ripple(
      1 + number("ripple") *
              std::cos(number("cycles") * two_pi * x + number("ripple_phase_rad") + y),
      number("ripple") / 2 *
          std::sin((number("cycles") + 1) * two_pi * x + number("ripple_phase_rad")));
  return std::polar(std::exp(number("log_amplitude") + y), phase) * ripple *
         a["level"][subband].get<double>();
}

void write_truth(const ms::Description& set, const std::string& stem, const std::string& path) {
  const nlohmann::json truth = nlohmann::json::parse(std::ifstream(path));
  std::map<std::string, nlohmann::json> stations;  // named in a set by index + 1
  for (const auto& station : truth["stations"])
    stations[std::to_string(station["index"].get<int>() + 1)] = station;
  caltable::CalTable bandpass = empty_table(caltable::Kind::bandpass, set);
  caltable::CalTable gains = empty_table(caltable::Kind::gain, set);
  auto& b = bandpass.solutions.at(0);
  auto& g = gains.solutions.at(0);
  const double turns_s = b.time_mjd_s - truth["reference_mjd_s"].get<double>();
  const std::vector<double>& frequency_hz = set.spectral_windows.at(0).frequency_hz;
  for (std::size_t a = 0; a < set.antennas.size(); ++a)
    for (std::size_t r = 0; r < 2; ++r) {
      const auto station = stations.find(set.antennas[a].name);
      if (station == stations.end()) {  // stands there, but is not correlated
        g.flagged[2 * a + r] = 1;
        for (std::size_t c = 0; c < b.n_channel; ++c) b.flagged[(a * b.n_channel + c) * 2 + r] = 1;
        continue;
      }
      const nlohmann::json& antenna = station->second[r == 0 ? "x" : "y"];
      const std::complex<double> middle =
          response(antenna, frequency_hz[frequency_hz.size() / 2], turns_s);
      g.gain[2 * a + r] = std::complex<float>(middle * std::sqrt(truth["scale"].get<double>()));
      for (std::size_t c = 0; c < b.n_channel; ++c)
        b.gain[(a * b.n_channel + c) * 2 + r] =
            std::complex<float>(response(antenna, frequency_hz[c], turns_s) / middle);
    }
  caltable::write_caltable(stem + ".B", bandpass, this_process(0), true);
  caltable::write_caltable(stem + ".G", gains, this_process(0), true);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return std::cerr << "usage: known_tables MS STEM SEED|TRUTH.json\n", 2;
  try {
    const ms::Description set = ms::Reader(argv[1]).description();
    const std::string source = argv[3];
    if (source.find(".json") == std::string::npos)
      write_drawn(set, argv[2], static_cast<unsigned>(std::stoul(source)));
    else
      write_truth(set, argv[2], source);
  } catch (const std::exception& error) {
    return std::cerr << error.what() << '\n', 1;
  }
}
