// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/imaging_set.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/median.h"

namespace contimg::image {
namespace {

constexpr double kSamePlace_rad = 1e-8;  // 2 mas
constexpr double kEven = 0.01;           // of a channel's width

// Where each window's channels begin when all are in one row, ascending.
void join_windows(const std::string& path, SetLayout& layout) {
  const auto& windows = layout.description.spectral_windows;
  const auto first = [&](std::size_t w) { return windows[w].frequency_hz.front(); };
  for (const ms::SpectralWindow& window : windows)
    if (window.frequency_hz.size() != layout.n_window_channel)
      throw DataError(path + ": spectral windows of unlike numbers of channels, expected windows " +
                      "alike; split the set, or convert with one window");
  std::vector<std::size_t> order(windows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return first(a) < first(b); });
  layout.first_channel.resize(windows.size());
  for (const std::size_t w : order) {
    layout.first_channel[w] = layout.frequency_hz.size();
    layout.frequency_hz.insert(layout.frequency_hz.end(), windows[w].frequency_hz.begin(),
                               windows[w].frequency_hz.end());
  }
}

void require_even_channels(const std::string& path, SetLayout& layout) {
  const std::vector<double>& f = layout.frequency_hz;
  layout.channel_width_hz = std::abs(layout.description.spectral_windows[0].width_hz[0]);
  if (f.size() > 1)
    layout.channel_width_hz = (f.back() - f.front()) / static_cast<double>(f.size() - 1);
  for (std::size_t c = 0; c < f.size(); ++c)
    if (!(layout.channel_width_hz > 0) ||
        std::abs(f[c] - f[0] - static_cast<double>(c) * layout.channel_width_hz) >
            kEven * layout.channel_width_hz)
      throw DataError(path + ": channels are not evenly spaced or do not ascend, expected one " +
                      "band without gaps; image its windows one by one");
}

void require_one_centre(const std::string& path, SetLayout& layout) {
  const auto& fields = layout.description.fields;
  const std::vector<std::int32_t>& used = layout.keys.field;
  const auto field = [&](std::size_t row) -> const ms::Field& {
    const auto id = static_cast<std::size_t>(used[row]);
    if (used[row] < 0 || id >= fields.size())
      throw DataError(path + ": FIELD_ID " + std::to_string(used[row]) + " is not in FIELD");
    return fields[id];
  };
  layout.phase_centre = field(0).phase_centre;
  layout.field = field(0).name;
  for (std::size_t row = 0; row < used.size(); ++row)
    if (used[row] != used[0] &&
        astro::separation_rad(field(row).phase_centre, layout.phase_centre) > kSamePlace_rad)
      throw DataError(path + ": more than one phase centre, expected all visibilities rotated to " +
                      "one; convert with --phase-centres mid");
}

void find_integrations(SetLayout& layout) {
  const std::vector<double>& times = layout.keys.time_mjd_s;
  const std::vector<double>& intervals = layout.keys.integration_time_s;
  layout.integration_s = *std::max_element(intervals.begin(), intervals.end());
  std::vector<double> sorted = times;
  std::sort(sorted.begin(), sorted.end());
  const double same_s = layout.integration_s / 10;
  auto& found = layout.integration_mjd_s;
  for (const double t : sorted)
    if (found.empty() || t - found.back() > same_s) found.push_back(t);
  layout.integration_of.reserve(times.size());
  for (const double t : times)
    layout.integration_of.push_back(static_cast<std::size_t>(
        std::upper_bound(found.begin(), found.end(), t) - found.begin() - 1));
}

void measure_array(SetLayout& layout) {
  const std::vector<double>& uvw = layout.keys.uvw_m;
  for (std::size_t i = 0; i + 2 < uvw.size(); i += 3)
    layout.longest_baseline_m = std::max(layout.longest_baseline_m, std::hypot(uvw[i], uvw[i + 1]));
  std::vector<double> dishes;
  for (const ms::Antenna& antenna : layout.description.antennas)
    if (antenna.dish_diameter_m > 0) dishes.push_back(antenna.dish_diameter_m);
  if (!dishes.empty()) layout.dish_diameter_m = median(dishes);
}

}  // namespace

const char* to_text(DataOrigin origin) {
  switch (origin) {
    case DataOrigin::corrected_column:
      return "CORRECTED_DATA";
    case DataOrigin::recorded_tables:
      return "recorded calibration, applied on the way";
    case DataOrigin::named_tables:
      return "named calibration tables, applied on the way";
    case DataOrigin::uncalibrated:
      break;
  }
  return "DATA, not calibrated";
}

SetLayout layout_of(const ms::Reader& set) {
  SetLayout layout;
  layout.path = set.path();
  if (set.n_row() == 0) throw DataError(layout.path + ": no rows, expected visibilities");
  layout.description = set.description();
  layout.keys = set.keys();
  layout.n_window_channel = set.n_channel();
  for (const int window : layout.keys.data_description)
    if (window < 0 ||
        static_cast<std::size_t>(window) >= layout.description.spectral_windows.size())
      throw DataError(layout.path + ": DATA_DESC_ID " + std::to_string(window) +
                      " has no spectral window");
  join_windows(layout.path, layout);
  require_even_channels(layout.path, layout);
  require_one_centre(layout.path, layout);
  find_integrations(layout);
  measure_array(layout);
  return layout;
}

SetLayout layout_of(const std::string& ms_path) { return layout_of(ms::Reader(ms_path)); }

}  // namespace contimg::image
