// SPDX-License-Identifier: GPL-3.0-or-later
#include "simulate/random.h"

#include <array>
#include <cmath>

namespace contimg::simulate {
namespace {

/// The ziggurat: 128 layers of equal area under exp(-x^2 / 2), the lowest with the tail.
struct Ziggurat {
  static constexpr std::size_t kLayers = 128;
  static constexpr double kTail = 3.442619855899;       // where the tail begins
  static constexpr double kArea = 9.91256303526217e-3;  // of each layer
  std::array<float, kLayers> width{};                   // x of a layer's right edge over 2^31
  std::array<std::uint32_t, kLayers> inside{};  // below this the point is surely under the curve
  std::array<float, kLayers> height{};

  Ziggurat() {
    constexpr double kScale = 2147483648.0;
    double edge = kTail, before = kTail;
    const double base = kArea / std::exp(-0.5 * edge * edge);
    inside[0] = static_cast<std::uint32_t>(edge / base * kScale);
    inside[1] = 0;
    width[0] = static_cast<float>(base / kScale);
    width[kLayers - 1] = static_cast<float>(edge / kScale);
    height[0] = 1;
    height[kLayers - 1] = static_cast<float>(std::exp(-0.5 * edge * edge));
    for (std::size_t i = kLayers - 2; i >= 1; --i) {
      edge = std::sqrt(-2 * std::log(kArea / edge + std::exp(-0.5 * edge * edge)));
      inside[i + 1] = static_cast<std::uint32_t>(edge / before * kScale);
      before = edge;
      height[i] = static_cast<float>(std::exp(-0.5 * edge * edge));
      width[i] = static_cast<float>(edge / kScale);
    }
  }
};

const Ziggurat kZiggurat;

}  // namespace

Random::Random(std::initializer_list<std::uint64_t> keys) {
  for (const std::uint64_t key : keys) state_ = mixed(state_ + 0x9E3779B97F4A7C15ULL + mixed(key));
}

float Random::normal() {
  while (true) {
    const std::uint64_t word = bits();
    const auto draw = static_cast<std::int32_t>(word >> 32);
    const std::size_t layer = word & (Ziggurat::kLayers - 1);
    const std::uint32_t magnitude =
        draw < 0 ? 0U - static_cast<std::uint32_t>(draw) : static_cast<std::uint32_t>(draw);
    const float x = static_cast<float>(draw) * kZiggurat.width[layer];
    if (magnitude < kZiggurat.inside[layer]) return x;
    if (layer == 0) {
      double tail = 0, test = 0;
      do {
        tail = -std::log(1 - uniform()) / Ziggurat::kTail;
        test = -std::log(1 - uniform());
      } while (test + test < tail * tail);
      const double far = Ziggurat::kTail + tail;
      return static_cast<float>(draw > 0 ? far : -far);
    }
    const double below = kZiggurat.height[layer];
    const double above = kZiggurat.height[layer - 1];
    if (below + uniform() * (above - below) < std::exp(-0.5 * static_cast<double>(x) * x)) return x;
  }
}

}  // namespace contimg::simulate
