// SPDX-License-Identifier: GPL-3.0-or-later
#include "convert/integration.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/clock.h"
#include "base/error.h"

namespace contimg::convert {
namespace {

template <typename T>
subband::RowReader<T> reader(const Plan& plan, const SubbandPlan& subband, const char* name) {
  return subband::RowReader<T>(hdf5::File::open(subband.path), name, subband.n_file_row,
                               plan.band.n_channel, subband.n_file_polarization);
}

std::vector<double> frequencies(const Plan& plan, std::size_t slot) {
  const auto n = static_cast<std::ptrdiff_t>(plan.band.n_channel);
  const auto begin = plan.band.frequency_hz.begin() + static_cast<std::ptrdiff_t>(slot) * n;
  return std::vector<double>(begin, begin + n);
}

// First element of a subband's channels in the row of one baseline.
std::size_t place(const Plan& plan, std::size_t slot, std::size_t baseline) {
  const std::size_t first_channel = slot * plan.band.n_channel;
  const std::size_t window = first_channel / plan.n_channel;
  const std::size_t channel = first_channel % plan.n_channel;
  return ((window * plan.n_baseline + baseline) * plan.n_channel + channel) * plan.n_correlation;
}

}  // namespace

Findings& Findings::operator+=(const Findings& other) {
  n_visibility += other.n_visibility;
  n_flagged_in_file += other.n_flagged_in_file;
  n_without_samples += other.n_without_samples;
  n_not_finite += other.n_not_finite;
  n_absent += other.n_absent;
  n_flagged += other.n_flagged;
  n_written += other.n_written;
  load_s += other.load_s;
  phase_s += other.phase_s;
  write_s += other.write_s;
  bytes_read += other.bytes_read;
  return *this;
}

Integration::Integration(const Plan& plan)
    : weights(plan.band.n_slot),
      n_value(plan.n_window * plan.n_baseline * plan.n_channel * plan.n_correlation) {
  data.resize(n_value);
  flag = std::make_unique<bool[]>(n_value);
  const std::size_t n_weight = plan.n_baseline * plan.n_correlation;
  for (const SubbandPlan& subband : plan.subbands) {
    SubbandWeights& w = weights[subband.slot];
    w.sum.resize(n_weight);
    w.smallest.resize(n_weight);
    w.largest.resize(n_weight);
    w.n_good.resize(n_weight);
  }
  for (const std::size_t slot : plan.band.missing_slots)
    for (std::size_t baseline = 0; baseline < plan.n_baseline; ++baseline)
      std::fill_n(flag.get() + place(plan, slot, baseline),
                  plan.band.n_channel * plan.n_correlation, true);
}

SubbandLoader::SubbandLoader(const Plan& plan, std::size_t subband)
    : plan_(plan),
      subband_(plan.subbands.at(subband)),
      visibilities_(reader<std::complex<float>>(plan, subband_, "Data/visdata")),
      flags_(reader<std::int8_t>(plan, subband_, "Data/flags")),
      samples_(reader<float>(plan, subband_, "Data/nsamples")),
      phasors_(frequencies(plan, subband_.slot)) {}

void SubbandLoader::load(std::size_t t, Integration& integration) {
  const auto begin = Clock::now();
  integration.weights[subband_.slot].spectrum.clear();
  for (const std::size_t baseline : in_file_order(t)) load_row(t, baseline, integration);
  findings_.phase_s += seconds_since(begin);
}

// The set's baselines are sorted by antenna, the file's by the correlator; reading backwards and
// forwards would read every block of rows many times.
const std::vector<std::size_t>& SubbandLoader::in_file_order(std::size_t t) {
  const RowSource* source = subband_.source.data() + t * plan_.n_baseline;
  const auto earlier = [source](std::size_t a, std::size_t b) {
    return source[a].row < source[b].row;
  };
  if (order_.empty()) {
    order_.resize(plan_.n_baseline);
    std::iota(order_.begin(), order_.end(), std::size_t{0});
  }
  if (!std::is_sorted(order_.begin(), order_.end(), earlier))
    std::sort(order_.begin(), order_.end(), earlier);
  return order_;
}

Findings SubbandLoader::findings() const {
  Findings findings = findings_;
  findings.load_s =
      visibilities_.seconds_reading() + flags_.seconds_reading() + samples_.seconds_reading();
  findings.phase_s -= findings.load_s;
  findings.bytes_read = visibilities_.bytes_read() + flags_.bytes_read() + samples_.bytes_read();
  return findings;
}

void SubbandLoader::load_row(std::size_t t, std::size_t baseline, Integration& integration) {
  const RowSource& source = subband_.source[t * plan_.n_baseline + baseline];
  const std::size_t at = place(plan_, subband_.slot, baseline);
  std::complex<float>* data = integration.data.data() + at;
  bool* flag = integration.flag.get() + at;
  SubbandWeights& weights = integration.weights[subband_.slot];
  const std::size_t n = plan_.band.n_channel * plan_.n_correlation;
  findings_.n_visibility += n;
  if (source.row < 0) {
    const std::size_t first = baseline * plan_.n_correlation;
    std::fill_n(weights.n_good.begin() + static_cast<std::ptrdiff_t>(first), plan_.n_correlation,
                0u);
    std::fill_n(weights.sum.begin() + static_cast<std::ptrdiff_t>(first), plan_.n_correlation, 0.f);
    std::fill_n(data, n, std::complex<float>(0));
    std::fill_n(flag, n, true);
    findings_.n_absent += n;
    return;
  }
  const auto file_row = static_cast<std::size_t>(source.row);
  const bool rotate = !plan_.delta_w_m.empty();
  if (rotate) phasors_.compute(plan_.delta_w_m[t * plan_.n_baseline + baseline]);
  RowTransform transform;
  transform.n_channel = plan_.band.n_channel;
  transform.n_polarization = subband_.n_file_polarization;
  transform.polarization_of =
      source.reversed ? plan_.polarization_of_reversed : plan_.polarization_of;
  transform.descending = subband_.descending;
  transform.conjugate = !source.reversed;
  const bool finite =
      transform_row(transform, rotate ? &phasors_ : nullptr, visibilities_.row(file_row), data);
  std::fill_n(flag, n, false);
  const bool lacking = source.reversed && !plan_.absent_in_reversed.empty();
  if (lacking) drop_absent(data, flag);
  if (!finite) drop_not_finite(data, flag);
  if (!finite || lacking || !weigh_at_a_glance(baseline, file_row, integration))
    weigh_each(baseline, file_row, source.reversed, integration);
}

void SubbandLoader::drop_absent(std::complex<float>* data, bool* flag) {
  for (std::size_t k = 0; k < plan_.band.n_channel; ++k)
    for (const std::size_t c : plan_.absent_in_reversed) {
      data[k * plan_.n_correlation + c] = 0;
      flag[k * plan_.n_correlation + c] = true;
      ++findings_.n_absent;
    }
}

void SubbandLoader::drop_not_finite(std::complex<float>* data, bool* flag) {
  const std::size_t n = plan_.band.n_channel * plan_.n_correlation;
  for (std::size_t i = 0; i < n; ++i) {
    if (std::isfinite(data[i].real()) && std::isfinite(data[i].imag())) continue;
    data[i] = 0;
    flag[i] = true;
    ++findings_.n_not_finite;
  }
}

// Up to this row every weight was constant along its row; rows that come later overwrite theirs.
void SubbandLoader::start_spectrum(Integration& integration) {
  SubbandWeights& weights = integration.weights[subband_.slot];
  const std::size_t n_correlation = plan_.n_correlation;
  const std::size_t n = plan_.band.n_channel * n_correlation;
  weights.spectrum.assign(plan_.n_baseline * n, 0);
  for (std::size_t baseline = 0; baseline < plan_.n_baseline; ++baseline) {
    const bool* flag = integration.flag.get() + place(plan_, subband_.slot, baseline);
    for (std::size_t i = 0; i < n; ++i)
      if (!flag[i])
        weights.spectrum[baseline * n + i] =
            weights.largest[baseline * n_correlation + i % n_correlation];
  }
}

// The common case, told by the stored bytes: nothing flagged, one number of samples.
bool SubbandLoader::weigh_at_a_glance(std::size_t baseline, std::size_t file_row,
                                      Integration& integration) {
  SubbandWeights& weights = integration.weights[subband_.slot];
  if (!weights.spectrum.empty()) return false;
  const auto flagged = flags_.constant(file_row);
  const auto samples = samples_.constant(file_row);
  if (!flagged || *flagged != 0 || !samples || !(*samples > 0) || !std::isfinite(*samples))
    return false;
  for (std::size_t c = 0; c < plan_.n_correlation; ++c) {
    const std::size_t i = baseline * plan_.n_correlation + c;
    weights.sum[i] = *samples * static_cast<float>(plan_.band.n_channel);
    weights.smallest[i] = weights.largest[i] = *samples;
    weights.n_good[i] = static_cast<std::uint32_t>(plan_.band.n_channel);
  }
  return true;
}

void SubbandLoader::weigh_each(std::size_t baseline, std::size_t file_row, bool reversed,
                               Integration& integration) {
  SubbandWeights& weights = integration.weights[subband_.slot];
  bool* flag = integration.flag.get() + place(plan_, subband_.slot, baseline);
  const std::size_t n_channel = plan_.band.n_channel;
  const std::size_t n_correlation = plan_.n_correlation;
  const std::int8_t* flags = flags_.row(file_row);
  const float* samples = samples_.row(file_row);
  const std::vector<std::size_t>& polarization_of =
      reversed ? plan_.polarization_of_reversed : plan_.polarization_of;
  std::vector<float> row_weights(n_channel * n_correlation, 0);
  bool varies = false;
  for (std::size_t c = 0; c < n_correlation; ++c) {
    const std::size_t i = baseline * n_correlation + c;
    float sum = 0, smallest = 0, largest = 0;
    std::uint32_t n_good = 0;
    for (std::size_t k = 0; k < n_channel; ++k) {
      const std::size_t channel = subband_.descending ? n_channel - 1 - k : k;
      const std::size_t from = channel * subband_.n_file_polarization + polarization_of[c];
      const std::size_t to = k * n_correlation + c;
      const float n_sample = samples[from];
      if (flags[from] != 0) {
        flag[to] = true;
        ++findings_.n_flagged_in_file;
      }
      if (!(n_sample > 0) || !std::isfinite(n_sample)) {
        flag[to] = true;
        ++findings_.n_without_samples;
      }
      if (flag[to]) continue;
      row_weights[to] = n_sample;
      smallest = n_good == 0 ? n_sample : std::min(smallest, n_sample);
      largest = std::max(largest, n_sample);
      sum += n_sample;
      ++n_good;
    }
    weights.sum[i] = sum;
    weights.smallest[i] = smallest;
    weights.largest[i] = largest;
    weights.n_good[i] = n_good;
    varies = varies || smallest != largest;
  }
  if (varies && weights.spectrum.empty()) start_spectrum(integration);
  if (!weights.spectrum.empty())
    std::copy(row_weights.begin(), row_weights.end(),
              weights.spectrum.begin() +
                  static_cast<std::ptrdiff_t>(baseline * n_channel * n_correlation));
}

}  // namespace contimg::convert
