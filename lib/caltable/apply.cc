// SPDX-License-Identifier: GPL-3.0-or-later
#include "caltable/apply.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "caltable/solutions.h"

namespace contimg::caltable {
namespace {

using ReceptorPair = std::array<std::uint8_t, 2>;

struct Place {
  const std::complex<float>* inverse;
  const float* power;
  const std::uint8_t* flagged;
};

Place place(const InverseGains& gains, std::size_t antenna) {
  const std::size_t at = antenna * gains.n_channel * kReceptors;
  return {gains.inverse.data() + at, gains.power.data() + at, gains.flagged.data() + at};
}

bool parallel_hands(Span<const ReceptorPair> receptors) {
  return receptors.size() == 2 && receptors[0] == ReceptorPair{0, 0} &&
         receptors[1] == ReceptorPair{1, 1};
}

// Written out in real numbers: std::complex's product minds infinities and is several times slower.
std::complex<float> calibrated(std::complex<float> v, std::complex<float> a,
                               std::complex<float> b) {
  const float re = a.real() * b.real() + a.imag() * b.imag();  // a conj(b)
  const float im = a.imag() * b.real() - a.real() * b.imag();
  return {v.real() * re - v.imag() * im, v.real() * im + v.imag() * re};
}

// XX and YY, or RR and LL: data, gains and flags lie in the same order, one loop for all.
void correct_parallel(const Place& p, const Place& q, std::size_t n, const RowToCorrect& row) {
  const std::complex<float>* data = row.data.data();
  std::complex<float>* corrected = row.corrected.data();
  bool* flag = row.flag.data();
  for (std::size_t i = 0; i < n; ++i) {
    const bool bad = p.flagged[i] | q.flagged[i];
    const std::complex<float> v = data[i], c = calibrated(v, p.inverse[i], q.inverse[i]);
    corrected[i] = {bad ? v.real() : c.real(), bad ? v.imag() : c.imag()};
    flag[i] |= bad;
  }
}

void correct_any(const Place& p, const Place& q, std::size_t n_channel,
                 Span<const ReceptorPair> receptors, const RowToCorrect& row) {
  for (std::size_t channel = 0; channel < n_channel; ++channel) {
    for (std::size_t c = 0; c < receptors.size(); ++c) {
      const std::size_t i = channel * receptors.size() + c;
      const std::size_t a = channel * kReceptors + receptors[c][0];
      const std::size_t b = channel * kReceptors + receptors[c][1];
      const bool bad = p.flagged[a] || q.flagged[b];
      row.corrected[i] = bad ? row.data[i] : calibrated(row.data[i], p.inverse[a], q.inverse[b]);
      row.flag[i] = row.flag[i] || bad;
    }
  }
}

/// Sum of the channels' |1 / (g1 g2)|^2 and number of channels that have solutions.
struct Variance {
  double sum = 0, n_good = 0;
};

float row_weight(const Variance& variance, float sigma) {
  if (!(sigma > 0) || !(variance.sum > 0)) return 0;
  return static_cast<float>(variance.n_good / (variance.sum * sigma * sigma));
}

Variance variance_of(const Place& p, const Place& q, std::size_t n_channel, const ReceptorPair& r) {
  Variance variance;
  for (std::size_t channel = 0; channel < n_channel; ++channel) {
    const std::size_t a = channel * kReceptors + r[0], b = channel * kReceptors + r[1];
    variance.sum += p.power[a] * q.power[b];
    variance.n_good += !(p.flagged[a] | q.flagged[b]);
  }
  return variance;
}

// Both parallel hands at once, in sums that do not wait for each other: even ones are the first's.
std::array<Variance, kReceptors> variances_of(const Place& p, const Place& q, std::size_t n) {
  constexpr std::size_t kLanes = 8;
  std::array<float, kLanes> sum{};
  std::array<std::uint32_t, kLanes> n_good{};
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      sum[lane] += p.power[i + lane] * q.power[i + lane];
      n_good[lane] += 1U - (p.flagged[i + lane] | q.flagged[i + lane]);
    }
  }
  for (; i < n; ++i) {
    sum[i % kLanes] += p.power[i] * q.power[i];
    n_good[i % kLanes] += 1U - (p.flagged[i] | q.flagged[i]);
  }
  std::array<Variance, kReceptors> variances;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    variances[lane % kReceptors].sum += sum[lane];
    variances[lane % kReceptors].n_good += n_good[lane];
  }
  return variances;
}

}  // namespace

std::array<std::uint8_t, 2> receptors_of(int correlation_type) {
  const int base = correlation_type < 9 ? 5 : 9;
  const int product = correlation_type - base;
  if (product < 0 || product > 3)
    throw std::invalid_argument("no correlation of two receptors: " +
                                std::to_string(correlation_type));
  return {static_cast<std::uint8_t>(product / 2), static_cast<std::uint8_t>(product % 2)};
}

void apply(const InverseGains& gains, Span<const ReceptorPair> receptors, const RowToCorrect& row) {
  const Place p = place(gains, row.antenna1), q = place(gains, row.antenna2);
  if (parallel_hands(receptors)) {
    correct_parallel(p, q, gains.n_channel * kReceptors, row);
    const auto variances = variances_of(p, q, gains.n_channel * kReceptors);
    for (std::size_t c = 0; c < kReceptors; ++c)
      row.weight[c] = row_weight(variances[c], row.sigma[c]);
    return;
  }
  correct_any(p, q, gains.n_channel, receptors, row);
  for (std::size_t c = 0; c < receptors.size(); ++c)
    row.weight[c] = row_weight(variance_of(p, q, gains.n_channel, receptors[c]), row.sigma[c]);
}

void weight_spectrum(const InverseGains& gains, Span<const ReceptorPair> receptors,
                     std::size_t antenna1, std::size_t antenna2, Span<const float> sigma,
                     Span<float> weight_spectrum) {
  const Place p = place(gains, antenna1), q = place(gains, antenna2);
  for (std::size_t channel = 0; channel < gains.n_channel; ++channel) {
    for (std::size_t c = 0; c < receptors.size(); ++c) {
      const float power = p.power[channel * kReceptors + receptors[c][0]] *
                          q.power[channel * kReceptors + receptors[c][1]];
      const bool good = power > 0 && sigma[c] > 0;
      weight_spectrum[channel * receptors.size() + c] =
          good ? 1 / (power * sigma[c] * sigma[c]) : 0.0F;
    }
  }
}

}  // namespace contimg::caltable
