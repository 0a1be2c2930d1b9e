// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/averaging_kernel.h"

#include <cmath>
#include <cstdint>
#include <limits>

#include "base/vectors.h"

namespace contimg::image {
namespace {

constexpr float kLargest = std::numeric_limits<float>::max();

bool is_weight(float w) { return w > 0 && w <= kLargest; }

float stokes_weight(float first, float second) { return 4 / (1 / first + 1 / second); }

// Two correlations with one weight each, without branches: the compiler makes vectors of it.
CONTIMG_AVX2 std::uint32_t weigh_pairs(const float* __restrict data, const bool* __restrict flag,
                                       std::size_t n_channel, float weight,
                                       float* __restrict weighted, float* __restrict weights) {
  std::uint32_t n_good = 0;
  for (std::size_t c = 0; c < n_channel; ++c) {
    const float* const v = data + 4 * c;
    const float re = (v[0] + v[2]) / 2, im = (v[1] + v[3]) / 2;
    const bool good = (std::abs(re) + std::abs(im) <= kLargest) & !flag[2 * c] & !flag[2 * c + 1];
    n_good += good;
    weighted[2 * c] = good ? weight * re : 0;
    weighted[2 * c + 1] = good ? weight * im : 0;
    weights[c] = good ? weight : 0;
  }
  return n_good;
}

std::uint32_t weigh_any(const SampledRow& row, float* weighted, float* weights) {
  const float* const rows = row.weight;
  std::uint32_t n_good = 0;
  for (std::size_t c = 0; c < row.n_channel; ++c) {
    const std::size_t a = c * row.n_correlation + row.hands[0];
    const std::size_t b = c * row.n_correlation + row.hands[1];
    const float wa = row.weight_spectrum ? row.weight_spectrum[a] : rows[row.hands[0]];
    const float wb = row.weight_spectrum ? row.weight_spectrum[b] : rows[row.hands[1]];
    const float re = (row.data[a].real() + row.data[b].real()) / 2;
    const float im = (row.data[a].imag() + row.data[b].imag()) / 2;
    const bool good = !row.flag[a] && !row.flag[b] && is_weight(wa) && is_weight(wb) &&
                      std::abs(re) + std::abs(im) <= kLargest;
    const float w = good ? stokes_weight(wa, wb) : 0;
    n_good += good;
    weighted[2 * c] = good ? w * re : 0;
    weighted[2 * c + 1] = good ? w * im : 0;
    weights[c] = w;
  }
  return n_good;
}

// kFactor 0: any.
template <std::size_t kFactor>
double add_groups(const StokesScratch& scratch, std::size_t n_group, std::size_t any_factor,
                  float* __restrict sum, float* __restrict weight) {
  const std::size_t factor = kFactor ? kFactor : any_factor;
  const float* v = scratch.weighted.data();
  const float* w = scratch.weight.data();
  double total = 0;
  for (std::size_t g = 0; g < n_group; ++g, v += 2 * factor, w += factor) {
    float re = 0, im = 0, all = 0;
    for (std::size_t i = 0; i < factor; ++i) {
      re += v[2 * i];
      im += v[2 * i + 1];
      all += w[i];
    }
    sum[2 * g] += re;
    sum[2 * g + 1] += im;
    weight[g] += all;
    total += static_cast<double>(all);
  }
  return total;
}

double add_groups(const StokesScratch& scratch, std::size_t n_group, std::size_t factor, float* sum,
                  float* weight) {
  switch (factor) {
    case 1:
      return add_groups<1>(scratch, n_group, factor, sum, weight);
    case 2:
      return add_groups<2>(scratch, n_group, factor, sum, weight);
    case 3:
      return add_groups<3>(scratch, n_group, factor, sum, weight);
    case 4:
      return add_groups<4>(scratch, n_group, factor, sum, weight);
    default:
      return add_groups<0>(scratch, n_group, factor, sum, weight);
  }
}

}  // namespace

AddedWeight add_stokes_i(const SampledRow& row, std::size_t factor, StokesScratch& scratch,
                         std::complex<float>* sum, float* weight) {
  scratch.weighted.resize(2 * row.n_channel);
  scratch.weight.resize(row.n_channel);
  AddedWeight added;
  const bool pairs = !row.weight_spectrum && row.n_correlation == 2 && row.hands[0] == 0;
  if (pairs) {
    if (!is_weight(row.weight[0]) || !is_weight(row.weight[1])) return added;
    added.n_good = weigh_pairs(reinterpret_cast<const float*>(row.data), row.flag, row.n_channel,
                               stokes_weight(row.weight[0], row.weight[1]), scratch.weighted.data(),
                               scratch.weight.data());
  } else {
    added.n_good = weigh_any(row, scratch.weighted.data(), scratch.weight.data());
  }
  if (added.n_good == 0) return added;
  added.weight =
      add_groups(scratch, row.n_channel / factor, factor, reinterpret_cast<float*>(sum), weight);
  return added;
}

}  // namespace contimg::image
