// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/series.h"

#include <algorithm>
#include <cmath>

namespace contimg::calibrate {
namespace {

constexpr std::size_t kBlock = 16;

SeriesSolution empty_series(std::size_t n_antenna, std::size_t n_step) {
  SeriesSolution series;
  series.n_antenna = n_antenna;
  series.n_step = n_step;
  const std::size_t n = n_antenna * n_step;
  series.gain.assign(n, std::complex<float>(1, 0));
  series.error.assign(n, 0);
  series.snr.assign(n, 0);
  series.flagged.assign(n, 1);
  series.interpolated.assign(n, 0);
  series.quality.resize(n_step);
  return series;
}

void store(const GainSolution& solution, std::size_t step, SeriesSolution& series) {
  series.quality[step] = {solution.chi_squared, solution.degrees_of_freedom, solution.n_rejected,
                          solution.iterations,  solution.converged,          solution.referenced};
  for (std::size_t a = 0; a < series.n_antenna; ++a) {
    const std::size_t at = a * series.n_step + step;
    series.flagged[at] = solution.flagged[a] || !solution.converged;
    series.snr[at] = solution.snr[a];
    if (series.flagged[at]) continue;
    series.gain[at] = solution.gain[a];
    series.error[at] = solution.error[a];
  }
}

// Fills what lies between two good solutions of one antenna.
void fill_between(SeriesSolution& series, std::size_t before, std::size_t after) {
  const std::complex<double> first = series.gain[before], last = series.gain[after];
  const double turn = std::arg(last * std::conj(first));
  for (std::size_t i = before + 1; i < after; ++i) {
    const double part = static_cast<double>(i - before) / static_cast<double>(after - before);
    const double amplitude = (1 - part) * std::abs(first) + part * std::abs(last);
    const double error = std::hypot((1 - part) * series.error[before], part * series.error[after]);
    series.gain[i] = std::complex<float>(std::polar(amplitude, std::arg(first) + part * turn));
    series.error[i] = static_cast<float>(error);
    series.snr[i] = error > 0 ? static_cast<float>(amplitude / error) : 0;
    series.flagged[i] = 0;
    series.interpolated[i] = 1;
  }
}

// Some steps at once, [step, baseline]: what is close in memory along a baseline is fetched once.
void gather(const RatioView& view, std::size_t first_step, std::size_t n_baseline,
            std::vector<std::complex<float>>& ratio, std::vector<float>& weight) {
  const std::size_t n = std::min(kBlock, view.n_step - first_step);
  for (std::size_t b = 0; b < n_baseline; ++b) {
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t at = b * view.baseline_stride + (first_step + i) * view.step_stride;
      const float w = view.weight[at];
      ratio[i * n_baseline + b] = view.is_sum && w > 0 ? view.ratio[at] / w : view.ratio[at];
      weight[i * n_baseline + b] = w;
    }
  }
}

}  // namespace

SeriesSolution solve_series(std::size_t n_antenna, Span<const Baseline> baselines,
                            const RatioView& view, const GainSettings& settings) {
  SeriesSolution series = empty_series(n_antenna, view.n_step);
  const std::size_t n = baselines.size();
  std::vector<std::complex<float>> ratio(n * kBlock), start;
  std::vector<float> weight(n * kBlock);
  for (std::size_t step = 0; step < view.n_step; ++step) {
    if (step % kBlock == 0) gather(view, step, n, ratio, weight);
    const std::size_t first = step % kBlock * n;
    const GainSolution solution = solve_gains(n_antenna, baselines, {ratio.data() + first, n},
                                              {weight.data() + first, n}, settings, start);
    store(solution, step, series);
    if (solution.converged) start = solution.gain;
  }
  return series;
}

std::size_t fill_gaps(SeriesSolution& series, std::size_t max_gap) {
  std::size_t n_filled = 0;
  for (std::size_t a = 0; a < series.n_antenna; ++a) {
    const std::size_t first = a * series.n_step, end = first + series.n_step;
    std::size_t before = end;
    for (std::size_t i = first; i < end; ++i) {
      if (series.flagged[i]) continue;
      const std::size_t gap = before == end ? 0 : i - before - 1;
      if (gap > 0 && gap <= max_gap) {
        fill_between(series, before, i);
        n_filled += gap;
      }
      before = i;
    }
  }
  return n_filled;
}

std::vector<float> normalise_amplitudes(SeriesSolution& series) {
  std::vector<float> scale(series.n_antenna, 1.0F);
  for (std::size_t a = 0; a < series.n_antenna; ++a) {
    const std::size_t first = a * series.n_step, end = first + series.n_step;
    double sum = 0, n = 0;
    for (std::size_t i = first; i < end; ++i) {
      if (series.flagged[i]) continue;
      sum += std::abs(series.gain[i]);
      ++n;
    }
    if (!(sum > 0)) continue;
    scale[a] = static_cast<float>(sum / n);
    for (std::size_t i = first; i < end; ++i) {
      if (series.flagged[i]) continue;
      series.gain[i] /= scale[a];
      series.error[i] /= scale[a];
    }
  }
  return scale;
}

Bandpass solve_bandpass(std::size_t n_antenna, Span<const Baseline> baselines,
                        const RatioView& channels, const GainSettings& settings,
                        std::size_t max_gap) {
  Bandpass bandpass;
  bandpass.series = solve_series(n_antenna, baselines, channels, settings);
  bandpass.n_filled = fill_gaps(bandpass.series, max_gap);
  bandpass.scale = normalise_amplitudes(bandpass.series);
  return bandpass;
}

}  // namespace contimg::calibrate
