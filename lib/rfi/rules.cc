// SPDX-License-Identifier: GPL-3.0-or-later
#include "rfi/rules.h"

#include <cmath>
#include <cstring>

namespace contimg::rfi {
namespace {

bool is_finite(const std::complex<float>& value) {
  return std::isfinite(value.real()) && std::isfinite(value.imag());
}

void flag_antenna(const Observation& observation, std::size_t time, std::size_t antenna,
                  Reason reason, Flags& flags) {
  for (std::size_t b = 0; b < observation.n_baseline(); ++b)
    if (observation.antenna1[b] == antenna || observation.antenna2[b] == antenna)
      flag_all(flags.row(time, b), reason);
}

// Interference and good samples of one baseline, counted one way or the other.
struct Share {
  std::size_t hit = 0, good = 0;
  void count(Reason reason) {
    hit += reason == Reason::interference;
    good += reason == Reason::none;
  }
  bool exceeds(double limit) const {
    return hit > 0 && good > 0 &&
           static_cast<double>(hit) > limit * static_cast<double>(hit + good);
  }
};

void join_correlations(std::size_t n_correlation, Span<Reason> row) {
  for (std::size_t i = 0; i < row.size(); i += n_correlation) {
    const Span<Reason> sample(row.data() + i, n_correlation);
    bool hit = false;
    for (const Reason reason : sample) hit = hit || reason == Reason::interference;
    if (hit) flag_all(sample, Reason::extended);
  }
}

void extend_baseline(const Observation& observation, const ExtensionLimits& limits, std::size_t b,
                     Flags& flags) {
  std::vector<Share> channels(observation.n_channel());
  std::vector<char> extend_time(observation.n_time());
  for (std::size_t t = 0; t < observation.n_time(); ++t) {
    const Span<Reason> row = flags.row(t, b);
    Share whole;
    for (std::size_t i = 0; i < row.size(); ++i) {
      whole.count(row[i]);
      channels[i / observation.n_correlation].count(row[i]);
    }
    extend_time[t] = whole.exceeds(limits.time);
  }
  std::vector<std::size_t> extended;
  for (std::size_t c = 0; c < channels.size(); ++c)
    if (channels[c].exceeds(limits.channel)) extended.push_back(c);
  for (std::size_t t = 0; t < observation.n_time(); ++t) {
    const Span<Reason> row = flags.row(t, b);
    join_correlations(observation.n_correlation, row);
    if (extend_time[t]) flag_all(row, Reason::extended);
    for (const std::size_t c : extended)
      flag_all({row.data() + c * observation.n_correlation, observation.n_correlation},
               Reason::extended);
  }
}

}  // namespace

void flag_bad_values(const Observation& observation, const Block& block, Flags& flags) {
  const std::size_t size = observation.n_channel() * observation.n_correlation;
  const std::complex<float>* value = block.data.data();
  for (std::size_t t = 0; t < observation.n_time(); ++t)
    for (std::size_t b = 0; b < block.n_baseline; ++b) {
      const Span<Reason> row = flags.row(t, block.first_baseline + b);
      for (std::size_t i = 0; i < size; ++i, ++value) {
        if (row[i] != Reason::none) continue;
        if (!is_finite(*value)) row[i] = Reason::not_finite;
        if (*value == 0.0f) row[i] = Reason::zero;
      }
    }
}

void flag_autocorrelations(const Observation& observation, Flags& flags) {
  for (std::size_t b = 0; b < observation.n_baseline(); ++b)
    for (std::size_t t = 0; observation.is_auto(b) && t < observation.n_time(); ++t)
      flag_all(flags.row(t, b), Reason::autocorrelation);
}

void flag_shadowed(const Observation& observation, Flags& flags) {
  for (std::size_t t = 0; t < observation.n_time(); ++t)
    for (std::size_t b = 0; b < observation.n_baseline(); ++b) {
      const std::size_t first = observation.antenna1[b], second = observation.antenna2[b];
      const double* uvw = &observation.uvw_m[3 * (t * observation.n_baseline() + b)];
      const double apart_m =
          0.5 * (observation.dish_diameter_m[first] + observation.dish_diameter_m[second]);
      if (first == second || std::hypot(uvw[0], uvw[1]) >= apart_m) continue;
      flag_antenna(observation, t, uvw[2] > 0 ? second : first, Reason::shadow, flags);
    }
}

void extend_interference(const Observation& observation, const ExtensionLimits& limits,
                         std::size_t first_baseline, std::size_t n_baseline, Flags& flags) {
  for (std::size_t b = first_baseline; b < first_baseline + n_baseline; ++b)
    if (!observation.is_auto(b)) extend_baseline(observation, limits, b, flags);
}

}  // namespace contimg::rfi
