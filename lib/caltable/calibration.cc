// SPDX-License-Identifier: GPL-3.0-or-later
#include "caltable/calibration.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "astro/constants.h"
#include "base/error.h"
#include "caltable/check.h"
#include "caltable/interpolation.h"

namespace contimg::caltable {
namespace {

// Surveys of one array agree to centimetres; neighbouring stations are metres apart.
constexpr double kSamePlace_m = 1.0;

double distance_m(const astro::Vector3& a, const astro::Vector3& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

std::vector<int> match_antennas(const NamedTable& named, const ms::Description& target) {
  std::map<std::string, int> ids;
  const std::vector<ms::Antenna>& antennas = named.table.description.antennas;
  for (std::size_t i = 0; i < antennas.size(); ++i) ids[antennas[i].name] = static_cast<int>(i);
  std::vector<int> result;
  for (const ms::Antenna& antenna : target.antennas) {
    const auto found = ids.find(antenna.name);
    result.push_back(found == ids.end() ? -1 : found->second);
    if (found == ids.end()) continue;
    const double moved_m = distance_m(antenna.position_m,
                                      antennas[static_cast<std::size_t>(found->second)].position_m);
    if (!(moved_m <= kSamePlace_m))
      throw DataError(named.path + ": antenna " + antenna.name + " stood " +
                      std::to_string(moved_m) +
                      " m away when this was solved, expected the same place; antennas were "
                      "renumbered or moved: solve again");
  }
  if (std::all_of(result.begin(), result.end(), [](int id) { return id < 0; }))
    throw DataError(named.path + ": has none of the antennas to be calibrated (" +
                    (target.antennas.empty() ? "there are none" : target.antennas[0].name) +
                    ", ...), expected the same names");
  return result;
}

void check_feeds(const NamedTable& named, const ms::Description& target) {
  const ms::CorrelationTypes& table = named.table.description.correlations;
  if (table.empty() || target.correlations.empty()) return;
  if ((table.front() < 9) != (target.correlations.front() < 9))
    throw DataError(named.path + ": was solved for " + (table.front() < 9 ? "circular" : "linear") +
                    " feeds, expected those of the data");
}

struct Nearest {
  std::size_t window = 0, channel = 0;
};

// The nearest channel that holds the frequency; half a channel beyond its edge is still it, as
// bands that were cut elsewhere need.
std::optional<Nearest> channel_at(const std::vector<ms::SpectralWindow>& windows,
                                  double frequency_hz, double slack_hz) {
  std::optional<Nearest> best;
  double best_hz = 0;
  for (std::size_t w = 0; w < windows.size(); ++w) {
    for (std::size_t c = 0; c < windows[w].frequency_hz.size(); ++c) {
      const double away_hz = std::abs(windows[w].frequency_hz[c] - frequency_hz);
      if (away_hz > std::abs(windows[w].width_hz[c]) / 2 + slack_hz) continue;
      if (best && away_hz >= best_hz) continue;
      best = {w, c};
      best_hz = away_hz;
    }
  }
  return best;
}

std::string in_mhz(double frequency_hz) { return std::to_string(frequency_hz / 1e6) + " MHz"; }

std::string bands(const std::vector<ms::SpectralWindow>& windows) {
  double low_hz = HUGE_VAL, high_hz = -HUGE_VAL;
  for (const ms::SpectralWindow& window : windows) {
    for (std::size_t c = 0; c < window.frequency_hz.size(); ++c) {
      low_hz = std::min(low_hz, window.frequency_hz[c] - std::abs(window.width_hz[c]) / 2);
      high_hz = std::max(high_hz, window.frequency_hz[c] + std::abs(window.width_hz[c]) / 2);
    }
  }
  return in_mhz(low_hz) + " to " + in_mhz(high_hz);
}

}  // namespace

// The gains of a window of the set while tables are multiplied in.
struct Calibration::Product {
  std::vector<std::complex<double>> gain;  ///< [antenna, channel, receptor]
  std::vector<std::uint8_t> flagged;
};

// Those of one antenna and receptor: elements are kReceptors apart.
struct Calibration::Series {
  const std::vector<Channel>& channels;
  const std::vector<double>& frequency_hz;
  std::complex<double>* gain;
  std::uint8_t* flagged;
};

Calibration::Calibration(std::vector<NamedTable> tables, const ms::Description& target)
    : n_antenna_(target.antennas.size()) {
  for (const ms::SpectralWindow& window : target.spectral_windows)
    frequency_hz_.push_back(window.frequency_hz);
  for (NamedTable& table : tables) tables_.push_back(match(std::move(table), target));
  std::sort(missing_antennas_.begin(), missing_antennas_.end());
  missing_antennas_.erase(std::unique(missing_antennas_.begin(), missing_antennas_.end()),
                          missing_antennas_.end());
}

Calibration::Matched Calibration::match(NamedTable named, const ms::Description& target) {
  Matched matched;
  check(named.path, named.table);
  check_feeds(named, target);
  matched.antenna = match_antennas(named, target);
  for (std::size_t i = 0; i < n_antenna_; ++i)
    if (matched.antenna[i] < 0) missing_antennas_.push_back(target.antennas[i].name);

  sort_by_time(named.table, matched);
  match_channels(named, target, matched);
  matched.table = std::move(named.table);
  std::vector<double>& reference_hz = matched.table.reference_frequency_hz;
  const auto& windows = matched.table.description.spectral_windows;
  for (std::size_t w = reference_hz.size(); w < windows.size(); ++w)
    reference_hz.push_back(windows[w].frequency_hz.front());
  return matched;
}

void Calibration::sort_by_time(const CalTable& table, Matched& matched) {
  const std::size_t n_window = table.description.spectral_windows.size();
  matched.of_window.resize(n_window);
  matched.times_mjd_s.resize(n_window);
  std::vector<std::size_t> order(table.solutions.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return table.solutions[a].time_mjd_s < table.solutions[b].time_mjd_s;
  });
  for (const std::size_t i : order) {
    const auto window = static_cast<std::size_t>(table.solutions[i].spectral_window);
    matched.of_window[window].push_back(i);
    matched.times_mjd_s[window].push_back(table.solutions[i].time_mjd_s);
  }
}

void Calibration::match_channels(const NamedTable& named, const ms::Description& target,
                                 Matched& matched) {
  const std::vector<ms::SpectralWindow>& windows = named.table.description.spectral_windows;
  for (const ms::SpectralWindow& window : target.spectral_windows) {
    matched.channels.emplace_back();
    for (std::size_t c = 0; c < window.frequency_hz.size(); ++c) {
      const auto nearest =
          channel_at(windows, window.frequency_hz[c], std::abs(window.width_hz[c]) / 2);
      if (!nearest || matched.of_window[nearest->window].empty())
        throw DataError(named.path + ": has no solutions at " + in_mhz(window.frequency_hz[c]) +
                        "; its band is " + bands(windows) +
                        ", expected one that covers the data: solve in that band");
      matched.channels.back().push_back({nearest->window, nearest->channel});
    }
  }
}

std::size_t Calibration::index(const Matched& matched, const Solutions& solutions,
                               std::size_t antenna, std::size_t channel, std::size_t receptor) {
  const auto id = static_cast<std::size_t>(matched.antenna[antenna]);
  return (id * solutions.n_channel + channel) * kReceptors + receptor;
}

// Neighbouring channels mostly share a window of the table, whose gain is then kept.
void Calibration::multiply_gains(const Matched& matched, double time_mjd_s, std::size_t antenna,
                                 std::size_t receptor, Series product) {
  std::size_t known_window = matched.of_window.size();
  InterpolatedGain known;
  std::vector<std::complex<float>> gains;
  std::vector<std::uint8_t> flagged;
  for (std::size_t channel = 0; channel < product.channels.size(); ++channel) {
    const std::size_t w = product.channels[channel].window;
    if (w != known_window) {
      gains.clear();
      flagged.clear();
      for (const std::size_t i : matched.of_window[w]) {
        const Solutions& s = matched.table.solutions[i];
        const std::size_t at = index(matched, s, antenna, 0, receptor);
        gains.push_back(s.gain[at]);
        flagged.push_back(s.flagged[at]);
      }
      known = interpolate_gain(matched.times_mjd_s[w], gains, flagged, time_mjd_s);
      known_window = w;
    }
    product.gain[channel * kReceptors] *= known.gain;
    product.flagged[channel * kReceptors] |= known.flagged;
  }
}

void Calibration::multiply_nearest(const Matched& matched, double time_mjd_s, std::size_t antenna,
                                   std::size_t receptor, Series product) {
  for (std::size_t channel = 0; channel < product.channels.size(); ++channel) {
    const auto [w, c] = product.channels[channel];
    const std::size_t nearest = nearest_time(matched.times_mjd_s[w], time_mjd_s);
    const Solutions& s = matched.table.solutions[matched.of_window[w][nearest]];
    const std::size_t at = index(matched, s, antenna, c, receptor);
    product.flagged[channel * kReceptors] |= s.flagged[at] != 0;
    if (matched.table.kind == Kind::bandpass) {
      product.gain[channel * kReceptors] *= std::complex<double>(s.gain[at]);
    } else {
      const double offset_hz =
          product.frequency_hz[channel] - matched.table.reference_frequency_hz[w];
      product.gain[channel * kReceptors] *=
          std::polar(1.0, 2 * astro::kPi * 1e-9 * s.delay_ns[at] * offset_hz);
    }
  }
}

void Calibration::multiply(const Matched& matched, double time_mjd_s, std::size_t window,
                           Product& product) const {
  const std::vector<double>& frequency_hz = frequency_hz_[window];
  for (std::size_t antenna = 0; antenna < n_antenna_; ++antenna) {
    const std::size_t first = antenna * frequency_hz.size() * kReceptors;
    if (matched.antenna[antenna] < 0) {
      std::fill_n(product.flagged.begin() + first, frequency_hz.size() * kReceptors, 1);
      continue;
    }
    for (std::size_t receptor = 0; receptor < kReceptors; ++receptor) {
      const Series series{matched.channels[window], frequency_hz,
                          product.gain.data() + first + receptor,
                          product.flagged.data() + first + receptor};
      if (matched.table.kind == Kind::gain)
        multiply_gains(matched, time_mjd_s, antenna, receptor, series);
      else
        multiply_nearest(matched, time_mjd_s, antenna, receptor, series);
    }
  }
}

InverseGains Calibration::at(double time_mjd_s, std::size_t spectral_window) const {
  const std::vector<double>& frequency_hz = frequency_hz_.at(spectral_window);
  const std::size_t n = n_antenna_ * frequency_hz.size() * kReceptors;
  Product product{std::vector<std::complex<double>>(n, 1.0), std::vector<std::uint8_t>(n, 0)};
  for (const Matched& matched : tables_) multiply(matched, time_mjd_s, spectral_window, product);
  InverseGains result{frequency_hz.size(), std::vector<std::complex<float>>(n),
                      std::vector<float>(n), std::move(product.flagged)};
  for (std::size_t i = 0; i < n; ++i) {
    if (result.flagged[i]) continue;
    result.inverse[i] = std::complex<float>(1.0 / product.gain[i]);
    result.power[i] = std::norm(result.inverse[i]);
  }
  return result;
}

}  // namespace contimg::caltable
