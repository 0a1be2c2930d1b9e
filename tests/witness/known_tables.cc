// SPDX-License-Identifier: GPL-3.0-or-later
// known-tables MS STEM [SEED [PHASE_DRIFT_RAD]]: writes STEM.K, STEM.B and STEM.G for the antennas
// and channels of a set: delays of some nanoseconds, a bandpass with ripples, gains of all phases,
// drawn from SEED; and STEM.G2 whose gains have unit amplitude and phases of that rms.

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <random>

#include "base/error.h"
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

void write_all(const std::string& set_path, const std::string& stem, unsigned seed, double drift) {
  const ms::Description set = ms::Reader(set_path).description();
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  caltable::CalTable delays = empty_table(caltable::Kind::delay, set);
  caltable::CalTable bandpass = empty_table(caltable::Kind::bandpass, set);
  caltable::CalTable gains = empty_table(caltable::Kind::gain, set), drifted = gains;
  for (auto& s : delays.solutions)
    for (float& delay_ns : s.delay_ns) delay_ns = static_cast<float>(5 * normal(random));
  for (auto& s : bandpass.solutions)
    for (std::size_t i = 0; i < s.gain.size(); ++i)
      s.gain[i] = std::complex<float>(std::polar(1 + 0.1 * std::sin(0.05 * static_cast<double>(i)),
                                                 0.1 * std::cos(0.03 * static_cast<double>(i))));
  for (auto& s : gains.solutions)
    for (auto& gain : s.gain)
      gain = std::complex<float>(std::polar(0.07 * std::exp(0.1 * normal(random)), normal(random)));
  for (auto& s : drifted.solutions)
    for (auto& gain : s.gain) gain = std::complex<float>(std::polar(1.0, drift * normal(random)));
  const PartialOwner owner = this_process(0);
  caltable::write_caltable(stem + ".K", delays, owner, true);
  caltable::write_caltable(stem + ".B", bandpass, owner, true);
  caltable::write_caltable(stem + ".G", gains, owner, true);
  caltable::write_caltable(stem + ".G2", drifted, owner, true);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return std::cerr << "usage: known-tables MS STEM [SEED [PHASE_DRIFT_RAD]]\n", 2;
  try {
    write_all(argv[1], argv[2], argc > 3 ? static_cast<unsigned>(std::atoi(argv[3])) : 1U,
              argc > 4 ? std::atof(argv[4]) : 0.0);
  } catch (const Error& error) {
    return std::cerr << error.what() << '\n', 1;
  }
}
