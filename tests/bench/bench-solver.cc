// SPDX-License-Identifier: GPL-3.0-or-later
// Times the solvers at full size on one core: 96 antennas x 768 channels x 2 correlations with
// noise and outliers, and prints the least processor time of five runs of each (one thread works,
// so on an idle machine that is the time it takes).

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <random>

#include "calibrate/delay_solver.h"
#include "calibrate/series.h"

namespace {

using contimg::calibrate::Baseline;

constexpr std::size_t kAntennas = 96, kChannels = 768, kCorrelations = 2;

struct Averages {
  std::vector<Baseline> baselines;
  std::vector<std::complex<float>> ratio;  // [baseline, channel, correlation]
  std::vector<float> weight;
};

Averages simulate(double outliers) {
  std::mt19937 random(1);
  std::normal_distribution<float> noise(0, 0.5F);
  std::uniform_real_distribution<float> phase(-3.1F, 3.1F), amplitude(0.7F, 1.4F), chance(0, 1);
  std::vector<std::complex<float>> gain(kAntennas);
  for (auto& g : gain) g = std::polar(amplitude(random), phase(random));
  Averages averages;
  for (std::uint32_t p = 0; p < kAntennas; ++p)
    for (std::uint32_t q = p + 1; q < kAntennas; ++q) averages.baselines.push_back({p, q});
  for (const auto [p, q] : averages.baselines) {
    for (std::size_t i = 0; i < kChannels * kCorrelations; ++i) {
      std::complex<float> r =
          gain[p] * std::conj(gain[q]) + std::complex<float>(noise(random), noise(random));
      if (chance(random) < outliers) r += std::complex<float>(20, 20);
      averages.ratio.push_back(r);
    }
  }
  averages.weight.assign(averages.ratio.size(), 1);
  return averages;
}

template <typename Work>
double least_seconds(Work&& work) {
  double least = 1e9;
  for (int run = 0; run < 5; ++run) {
    const std::clock_t begin = std::clock();
    work();
    least = std::min(least, static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
  }
  return least;
}

void measure(const char* what, double outliers) {
  const Averages averages = simulate(outliers);
  std::size_t iterations = 0, n_converged = 0;
  const double seconds = least_seconds([&] {
    iterations = n_converged = 0;
    for (std::size_t c = 0; c < kCorrelations; ++c) {
      const contimg::calibrate::RatioView view{averages.ratio.data() + c,
                                               averages.weight.data() + c, kChannels,
                                               kChannels * kCorrelations, kCorrelations};
      const auto bandpass =
          contimg::calibrate::solve_bandpass(kAntennas, averages.baselines, view, {});
      for (const auto& quality : bandpass.series.quality) {
        iterations += quality.iterations;
        n_converged += quality.converged;
      }
    }
  });
  const double n = kChannels * kCorrelations;
  std::printf("bandpass, %s: %.3f s, %.1f iterations and %.3f ms a solve, %zu of %.0f converged\n",
              what, seconds, iterations / n, 1e3 * seconds / n, n_converged, n);
}

void measure_delays() {
  const Averages averages = simulate(0);
  std::vector<double> frequency_hz;
  for (std::size_t c = 0; c < kChannels; ++c) frequency_hz.push_back(1311e6 + 244140.625 * c);
  const double seconds = least_seconds([&] {
    for (std::size_t c = 0; c < kCorrelations; ++c) {
      const contimg::calibrate::RatioView view{averages.ratio.data() + c,
                                               averages.weight.data() + c, kChannels,
                                               kChannels * kCorrelations, kCorrelations};
      contimg::calibrate::solve_delays(kAntennas, averages.baselines, view, frequency_hz, {});
    }
  });
  std::printf("delays: %.3f s\n", seconds);
}

}  // namespace

int main() {
  measure("noise", 0);
  measure("noise and 1 percent outliers", 0.01);
  measure_delays();
  return 0;
}
