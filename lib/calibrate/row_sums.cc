// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/row_sums.h"

#include <cmath>
#include <limits>

#if defined(__clang__)
#include <immintrin.h>
#elif defined(__x86_64__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // GCC 12's own header
#include <immintrin.h>
#pragma GCC diagnostic pop
#endif

#include "base/vectors.h"

namespace contimg::calibrate {
namespace {

constexpr float kLargest = std::numeric_limits<float>::max();

std::uint64_t add_hand(const RowSamples& row, std::size_t receptor, std::complex<float>* product,
                       float* power) {
  const std::size_t hand = row.hands[receptor];
  const float w = row.weight[hand];
  if (!(w > 0 && w <= kLargest)) return 0;
  std::uint64_t good = 0;
  for (std::size_t c = 0; c < row.n_channel; ++c) {
    const std::complex<float> v = row.data[c * row.n_correlation + hand], m = row.model[c];
    const float re = v.real() * m.real() + v.imag() * m.imag();
    const float im = v.imag() * m.real() - v.real() * m.imag();
    const bool usable =
        !row.flag[c * row.n_correlation + hand] && std::abs(re) + std::abs(im) <= kLargest;
    if (!usable) continue;
    ++good;
    product[2 * c + receptor] += std::complex<float>(w * re, w * im);
    power[2 * c + receptor] += w * std::norm(m);
  }
  return good;
}

// Both hands of a row that has no others, numbers side by side: without branches the compiler
// makes vectors of it.
CONTIMG_AVX2 std::uint32_t add_both(const float* __restrict data, const bool* __restrict flag,
                                    const float* __restrict model, std::size_t n_channel,
                                    float first_weight, float second_weight,
                                    float* __restrict product, float* __restrict power) {
  std::uint32_t good = 0;
  for (std::size_t c = 0; c < n_channel; ++c) {
    const float m_re = model[2 * c], m_im = model[2 * c + 1];
    const float size = m_re * m_re + m_im * m_im;
    const float* const v = data + 4 * c;
    const float re0 = v[0] * m_re + v[1] * m_im, im0 = v[1] * m_re - v[0] * m_im;
    const float re1 = v[2] * m_re + v[3] * m_im, im1 = v[3] * m_re - v[2] * m_im;
    const bool usable0 = (std::abs(re0) + std::abs(im0) <= kLargest) & !flag[2 * c];
    const bool usable1 = (std::abs(re1) + std::abs(im1) <= kLargest) & !flag[2 * c + 1];
    good += usable0;
    good += usable1;
    product[4 * c] += usable0 ? first_weight * re0 : 0;
    product[4 * c + 1] += usable0 ? first_weight * im0 : 0;
    product[4 * c + 2] += usable1 ? second_weight * re1 : 0;
    product[4 * c + 3] += usable1 ? second_weight * im1 : 0;
    power[2 * c] += usable0 ? first_weight * size : 0;
    power[2 * c + 1] += usable1 ? second_weight * size : 0;
  }
  return good;
}

#if defined(__x86_64__)
// Four channels at once on processors with AVX-512: 16 numbers [channel, hand, part]. A third of the
// time of what the compiler makes of the loop above. Returns how many channels it did, all but the
// last few.
[[gnu::target("arch=x86-64-v4")]] std::size_t add_quads(const float* data, const bool* flag,
                                                        const float* model, std::size_t n_channel,
                                                        float first_weight, float second_weight,
                                                        float* product, float* power,
                                                        std::uint64_t& good) {
  const __m512i model_re = _mm512_setr_epi32(0, 0, 0, 0, 2, 2, 2, 2, 4, 4, 4, 4, 6, 6, 6, 6);
  const __m512i model_im = _mm512_add_epi32(model_re, _mm512_set1_epi32(1));
  const __m512i odd_sign = _mm512_castps_si512(_mm512_set_ps(
      -0.F, 0.F, -0.F, 0.F, -0.F, 0.F, -0.F, 0.F, -0.F, 0.F, -0.F, 0.F, -0.F, 0.F, -0.F, 0.F));
  const __m512 weight = _mm512_setr_ps(first_weight, first_weight, second_weight, second_weight,
                                       first_weight, first_weight, second_weight, second_weight,
                                       first_weight, first_weight, second_weight, second_weight,
                                       first_weight, first_weight, second_weight, second_weight);
  const __m512 largest = _mm512_set1_ps(kLargest);
  std::size_t c = 0;
  for (; c + 4 <= n_channel; c += 4) {
    const __m512 m = _mm512_castps256_ps512(_mm256_loadu_ps(model + 2 * c));
    const __m512 m_re = _mm512_permutexvar_ps(model_re, m);
    const __m512 m_im = _mm512_permutexvar_ps(model_im, m);
    const __m512 v = _mm512_loadu_ps(data + 4 * c);
    const __m512 crossed = _mm512_castsi512_ps(_mm512_xor_si512(
        _mm512_castps_si512(_mm512_mul_ps(_mm512_permute_ps(v, 0xB1), m_im)), odd_sign));
    const __m512 part = _mm512_fmadd_ps(v, m_re, crossed);  // of V conj(M)
    const __m512 size = _mm512_abs_ps(part);
    const __mmask16 finite =
        _mm512_cmp_ps_mask(_mm512_add_ps(size, _mm512_permute_ps(size, 0xB1)), largest, _CMP_LE_OQ);
    const __m128i flags =
        _mm_loadl_epi64(reinterpret_cast<const __m128i*>(flag + 2 * c));  // eight, 0 or 1
    const __m128i twice = _mm_unpacklo_epi8(flags, flags);
    const auto usable = static_cast<__mmask16>(
        finite &
        static_cast<__mmask16>(_mm_movemask_epi8(_mm_cmpeq_epi8(twice, _mm_setzero_si128()))));
    const __m512 sum = _mm512_loadu_ps(product + 4 * c);
    _mm512_storeu_ps(product + 4 * c, _mm512_mask3_fmadd_ps(part, weight, sum, usable));
    const __m512 norm =
        _mm512_mul_ps(weight, _mm512_fmadd_ps(m_re, m_re, _mm512_mul_ps(m_im, m_im)));
    const __m512 kept = _mm512_maskz_compress_ps(0x5555, _mm512_maskz_mov_ps(usable, norm));
    const __m256 power_sum = _mm256_loadu_ps(power + 2 * c);
    _mm256_storeu_ps(power + 2 * c, _mm256_add_ps(power_sum, _mm512_castps512_ps256(kept)));
    good += static_cast<std::uint64_t>(__builtin_popcount(usable)) / 2;
  }
  return c;
}

bool has_quads() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}
#else
std::size_t add_quads(const float*, const bool*, const float*, std::size_t, float, float, float*,
                      float*, std::uint64_t&) {
  return 0;
}
bool has_quads() { return false; }
#endif

const float* parts_of(const std::complex<float>* values) {
  return reinterpret_cast<const float*>(values);
}

}  // namespace

std::uint64_t add_row(const RowSamples& row, std::complex<float>* product, float* power) {
  const float first = row.weight[row.hands[0]], second = row.weight[row.hands[1]];
  const bool weights = first > 0 && second > 0 && first <= kLargest && second <= kLargest;
  if (weights && row.n_correlation == 2 && row.hands[0] == 0 && row.hands[1] == 1) {
    static const bool quads = has_quads();
    const float* data = parts_of(row.data);
    const float* model = parts_of(row.model);
    auto* sum = reinterpret_cast<float*>(product);
    std::uint64_t good = 0;
    const std::size_t c =
        quads ? add_quads(data, row.flag, model, row.n_channel, first, second, sum, power, good)
              : 0;
    return good + add_both(data + 4 * c, row.flag + 2 * c, model + 2 * c, row.n_channel - c, first,
                           second, sum + 4 * c, power + 2 * c);
  }
  return add_hand(row, 0, product, power) + add_hand(row, 1, product, power);
}

}  // namespace contimg::calibrate
