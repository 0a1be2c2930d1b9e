// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <initializer_list>

namespace contimg::simulate {

/// A fast, seeded source of random numbers (SplitMix64: Steele, Lea & Flood 2014,
/// doi:10.1145/2714064.2660195). The same keys give the same numbers on every machine and with
/// any number of threads.
class Random {
 public:
  /// Keys name the stream: seed first, then what it is for (group, subband, integration ...).
  explicit Random(std::initializer_list<std::uint64_t> keys);

  std::uint64_t bits() {
    state_ += 0x9E3779B97F4A7C15ULL;
    return mixed(state_);
  }
  /// Uniform in [0, 1).
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// Uniform in 0 ... n - 1.
  std::uint64_t below(std::uint64_t n) {
    return static_cast<std::uint64_t>(uniform() * static_cast<double>(n));
  }
  /// Normal, mean 0, variance 1 (Marsaglia & Tsang's ziggurat, doi:10.18637/jss.v005.i08).
  float normal();

 private:
  static std::uint64_t mixed(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  std::uint64_t state_ = 0;
};

}  // namespace contimg::simulate
