// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/average_ratio.h"

#include <cmath>
#include <stdexcept>

namespace contimg::calibrate {

void RatioSums::add(std::size_t first, Span<const std::complex<float>> observed,
                    Span<const std::complex<float>> model, Span<const bool> flag,
                    Span<const float> weight) {
  if (model.size() != observed.size() || flag.size() != observed.size() || weight.size() == 0 ||
      first + observed.size() > product.size())
    throw std::invalid_argument("RatioSums::add: arrays differ in length");
  std::size_t c = 0;
  for (std::size_t i = 0; i < observed.size(); ++i) {
    const float w = weight[c];
    if (++c == weight.size()) c = 0;
    const std::complex<float> v = observed[i], m = model[i];
    const float re = v.real() * m.real() + v.imag() * m.imag();
    const float im = v.imag() * m.real() - v.real() * m.imag();
    const float size = m.real() * m.real() + m.imag() * m.imag();
    if (flag[i] || !(w > 0) || !std::isfinite(w * (re + im + size))) continue;
    product[first + i] += std::complex<float>(w * re, w * im);
    power[first + i] += w * size;
  }
}

void RatioSums::merge(std::size_t from, std::size_t to) {
  product.at(to) += product.at(from);
  power.at(to) += power.at(from);
}

void RatioSums::divide() {
  for (std::size_t i = 0; i < product.size(); ++i)
    if (power[i] > 0) product[i] /= power[i];
}

}  // namespace contimg::calibrate
