// SPDX-License-Identifier: GPL-3.0-or-later
#include "flag/set_grid.h"

#include <algorithm>
#include <limits>

#include "base/error.h"

namespace contimg::flag {
namespace {

// A grid this much larger than the rows that fill it is no observation of one array.
constexpr std::size_t kMostEmpty = 4;

template <typename T>
std::vector<T> sorted_unique(std::vector<T> values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

template <typename T>
std::size_t place(const std::vector<T>& sorted, const T& value) {
  return static_cast<std::size_t>(std::lower_bound(sorted.begin(), sorted.end(), value) -
                                  sorted.begin());
}

}  // namespace

SetGrid::SetGrid(const ms::Reader& set) {
  const ms::RowKeys keys = set.keys();
  if (keys.time_mjd_s.empty()) throw DataError("a set without rows, expected visibilities");
  index(keys);
  describe(set);
}

void SetGrid::index(const ms::RowKeys& keys) {
  const std::size_t n_row = keys.time_mjd_s.size();
  std::vector<std::pair<int, int>> pairs(n_row);
  for (std::size_t row = 0; row < n_row; ++row)
    pairs[row] = {keys.antenna1[row], keys.antenna2[row]};
  observation_.time_mjd_s = sorted_unique(keys.time_mjd_s);
  const auto baselines = sorted_unique(pairs);
  n_window_ = static_cast<std::size_t>(
                  *std::max_element(keys.data_description.begin(), keys.data_description.end())) +
              1;
  for (const auto& [first, second] : baselines) {
    observation_.antenna1.push_back(static_cast<std::size_t>(first));
    observation_.antenna2.push_back(static_cast<std::size_t>(second));
  }
  const std::size_t n_baseline = baselines.size(), n_time = observation_.n_time();
  if (n_time * n_window_ * n_baseline > kMostEmpty * n_row)
    throw DataError("its rows fill little of " + std::to_string(n_time) + " times x " +
                    std::to_string(n_window_) + " windows x " + std::to_string(n_baseline) +
                    " baselines, expected one observation; split the set first");
  row_.assign(n_time * n_window_ * n_baseline, -1);
  observation_.uvw_m.assign(3 * n_time * n_baseline, std::numeric_limits<double>::quiet_NaN());
  for (std::size_t row = 0; row < n_row; ++row) {
    const std::size_t t = place(observation_.time_mjd_s, keys.time_mjd_s[row]);
    const std::size_t b = place(baselines, pairs[row]);
    const auto window = static_cast<std::size_t>(keys.data_description[row]);
    std::int64_t& found = row_[(t * n_window_ + window) * n_baseline + b];
    if (found >= 0)
      throw DataError("rows " + std::to_string(found) + " and " + std::to_string(row) +
                      " are of the same time, window and baseline, expected one of each");
    found = static_cast<std::int64_t>(row);
    std::copy_n(&keys.uvw_m[3 * row], 3, &observation_.uvw_m[3 * (t * n_baseline + b)]);
  }
}

void SetGrid::describe(const ms::Reader& set) {
  const ms::Description description = set.description();
  for (const ms::Antenna& antenna : description.antennas) {
    observation_.antennas.push_back(antenna.name);
    observation_.dish_diameter_m.push_back(antenna.dish_diameter_m);
  }
  n_window_channel_ = set.n_channel();
  observation_.n_correlation = set.n_correlation();
  if (n_window_ > description.spectral_windows.size())
    throw DataError("DATA_DESC_ID up to " + std::to_string(n_window_ - 1) +
                    ", expected one spectral window for each");
  for (std::size_t w = 0; w < n_window_; ++w) {
    const ms::SpectralWindow& window = description.spectral_windows[w];
    if (window.frequency_hz.size() != n_window_channel_)
      throw DataError("spectral windows of different numbers of channels, expected one");
    for (std::size_t c = 0; c < n_window_channel_; ++c) {
      observation_.frequency_hz.push_back(window.frequency_hz[c]);
      observation_.channel_width_hz.push_back(std::abs(window.width_hz[c]));
    }
  }
  const std::size_t n_antenna = observation_.antennas.size();
  for (const auto* antennas : {&observation_.antenna1, &observation_.antenna2})
    if (*std::max_element(antennas->begin(), antennas->end()) >= n_antenna)
      throw DataError("rows of antennas that ANTENNA does not have");
}

std::vector<SetGrid::Run> SetGrid::runs(std::size_t first_baseline, std::size_t n_baseline) const {
  std::vector<Run> found;
  const std::size_t n_all = observation_.n_baseline();
  for (std::size_t t = 0; t < observation_.n_time(); ++t)
    for (std::size_t w = 0; w < n_window_; ++w)
      for (std::size_t b = first_baseline; b < first_baseline + n_baseline; ++b) {
        const std::int64_t row = row_[(t * n_window_ + w) * n_all + b];
        if (row < 0) continue;
        const auto place_in_set = static_cast<std::size_t>(row);
        const bool goes_on = !found.empty() && found.back().time == t && found.back().window == w &&
                             found.back().baseline + found.back().n_row == b &&
                             found.back().first_row + found.back().n_row == place_in_set;
        if (goes_on)
          ++found.back().n_row;
        else
          found.push_back({place_in_set, 1, t, w, b});
      }
  return found;
}

void SetGrid::read(const ms::Reader& set, std::size_t first_baseline, std::size_t n_baseline,
                   std::vector<std::complex<float>>& data) const {
  const std::size_t part = n_window_channel_ * observation_.n_correlation;
  const std::size_t row_size = n_window_ * part;
  const std::vector<Run> found = runs(first_baseline, n_baseline);
  data.resize(observation_.n_time() * n_baseline * row_size);
  std::size_t n_row = 0;
  for (const Run& run : found) n_row += run.n_row;
  if (n_row * part != data.size()) std::fill(data.begin(), data.end(), 0.0f);
  std::vector<std::complex<float>> rows;
  for (const Run& run : found) {
    std::complex<float>* to = data.data() +
                              (run.time * n_baseline + run.baseline - first_baseline) * row_size +
                              run.window * part;
    if (n_window_ == 1) {
      set.read_data(run.first_row, {to, run.n_row * part});
      continue;
    }
    rows.resize(run.n_row * part);
    set.read_data(run.first_row, rows);
    for (std::size_t i = 0; i < run.n_row; ++i)
      std::copy_n(rows.data() + i * part, part, to + i * row_size);
  }
}

}  // namespace contimg::flag
