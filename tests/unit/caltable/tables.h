// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <filesystem>
#include <string>

#include "caltable/solutions.h"

namespace contimg::caltable {

/// A folder that goes when the test does.
struct Scratch {
  Scratch() {
    char name[] = "/tmp/contimg-caltable-XXXXXX";
    path = mkdtemp(name);
  }
  ~Scratch() { std::filesystem::remove_all(path); }
  std::string path;
};

/// Three antennas, two windows of four channels.
inline ms::Description description() {
  ms::Description d;
  d.telescope_name = "DSA_110";
  d.observer = "test";
  d.first_time_mjd_s = 5.27e9;
  d.last_time_mjd_s = 5.27e9 + 300;
  for (int a = 0; a < 3; ++a)
    d.antennas.push_back({"10" + std::to_string(a + 3), {-2.4e6 + 40 * a, -4.47e6, 3.83e6}, 4.65});
  for (int w = 0; w < 2; ++w) {
    ms::SpectralWindow window{"w" + std::to_string(w), {}, {}};
    for (int c = 0; c < 4; ++c) {
      window.frequency_hz.push_back(1400e6 + 8e6 * w + 2e6 * c);
      window.width_hz.push_back(2e6);
    }
    d.spectral_windows.push_back(window);
  }
  d.correlations = {9, 12};
  d.fields = {{"3C286", {3.539, 0.532}, 5.27e9}};
  d.provenance_application = "calibrate-ms test";
  d.provenance_command = "calibrate-ms";
  d.provenance = {"made by a test"};
  return d;
}

/// A table with known values, other ones in each place: g = (1 + i/100) exp(i k), i the place.
inline CalTable known_table(Kind kind, std::size_t n_interval = 2) {
  CalTable table;
  table.kind = kind;
  table.ms_name = "group.ms";
  table.description = description();
  table.description.keywords = {{"ContimgCalibrator", "3C286"}};
  if (kind != Kind::bandpass)
    for (ms::SpectralWindow& window : table.description.spectral_windows)
      window = whole_band(window);
  for (std::size_t t = 0; t < n_interval; ++t) {
    for (std::int32_t w = 0; w < 2; ++w) {
      Solutions s = flagged_solutions(
          kind, 3, table.description.spectral_windows[static_cast<std::size_t>(w)].width_hz.size());
      s.time_mjd_s = 5.27e9 + 30 + 60.0 * static_cast<double>(t);
      s.interval_s = 60;
      s.spectral_window = w;
      s.refant = 1;
      for (std::size_t i = 0; i < s.flagged.size(); ++i) {
        const float place = static_cast<float>(i + 100 * static_cast<std::size_t>(w) + 10 * t);
        if (kind == Kind::delay)
          s.delay_ns[i] = place - 50;
        else
          s.gain[i] = std::polar(1 + place / 100, place / 7);
        s.error[i] = 0.5F;
        s.snr[i] = 20 + place;
        s.flagged[i] = i == 1;
      }
      table.solutions.push_back(s);
    }
  }
  return table;
}

}  // namespace contimg::caltable
