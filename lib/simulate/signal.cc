// SPDX-License-Identifier: GPL-3.0-or-later
#include "simulate/signal.h"

#include <algorithm>
#include <cmath>

namespace contimg::simulate {
namespace {

// Phasors of eight channels are stepped at once: a loop over them becomes vector instructions.
constexpr std::size_t kLanes = 8;

double sinc(double x) { return std::abs(x) < 1e-4 ? 1 - x * x / 6 : std::sin(x) / x; }

/// exp(i (phase + k step)), k = 0 ... n - 1, n a multiple of kLanes. The first eight are exact,
/// the others follow in float from those: an error of 1e-7 per eight channels.
void fill_phasors(double phase_rad, double step_rad, std::size_t n, float* re, float* im) {
  const double step_re = std::cos(step_rad), step_im = std::sin(step_rad);
  double c = std::cos(phase_rad), s = std::sin(phase_rad);
  for (std::size_t k = 0; k < kLanes; ++k) {
    re[k] = static_cast<float>(c);
    im[k] = static_cast<float>(s);
    const double next = c * step_re - s * step_im;
    s = c * step_im + s * step_re;
    c = next;
  }
  double power_re = step_re, power_im = step_im;
  for (int doubling = 0; doubling < 3; ++doubling) {
    const double squared = power_re * power_re - power_im * power_im;
    power_im = 2 * power_re * power_im;
    power_re = squared;
  }
  const auto stride_re = static_cast<float>(power_re), stride_im = static_cast<float>(power_im);
  for (std::size_t k = kLanes; k < n; k += kLanes)
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const float before_re = re[k + lane - kLanes], before_im = im[k + lane - kLanes];
      re[k + lane] = before_re * stride_re - before_im * stride_im;
      im[k + lane] = before_re * stride_im + before_im * stride_re;
    }
}

double dot(const astro::Vector3& a, const astro::Vector3& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

}  // namespace

double integration_smearing(double frequency_hz, double delay_rate, double integration_s) {
  return sinc(astro::kPi * frequency_hz * delay_rate * integration_s);
}

SubbandSignal::SubbandSignal(const GroupPlan& group, const std::vector<Emitter>& emitters,
                             const Instrument& instrument, const std::vector<std::size_t>& stations,
                             std::size_t subband, std::vector<double> frequency_hz,
                             double channel_width_hz, Random noise)
    : group_(group),
      emitters_(emitters),
      instrument_(instrument),
      stations_(stations),
      subband_(subband),
      n_channel_(frequency_hz.size()),
      n_padded_((n_channel_ + kLanes - 1) / kLanes * kLanes),
      frequency_hz_(std::move(frequency_hz)),
      channel_width_hz_(channel_width_hz),
      noise_(noise),
      noise_jy_(static_cast<float>(instrument.noise_jy(channel_width_hz))),
      system_power_jy_(static_cast<float>(instrument.system_power_jy())),
      auto_fluctuation_(
          instrument.settings().sefd_jy > 0
              ? static_cast<float>(1 / std::sqrt(channel_width_hz * kIntegrationTimeS))
              : 0),
      delay_s_(emitters.size() * stations.size()),
      delay_rate_(emitters.size() * stations.size()),
      flux_jy_(emitters.size() * n_padded_),
      total_flux_jy_(n_padded_),
      response_re_(stations.size() * 2 * n_padded_),
      response_im_(stations.size() * 2 * n_padded_),
      re_(n_padded_),
      im_(n_padded_),
      extra_re_(n_padded_),
      extra_im_(n_padded_),
      phasor_re_(n_padded_),
      phasor_im_(n_padded_) {
  // Positions in the list of correlated antennas from here on, not station numbers.
  std::vector<std::size_t> order(stations.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  baselines_ = correlator_baselines(order);
  for (const std::size_t station : stations) {
    astro::Vector3 position = station_itrf_m(station);
    for (double& coordinate : position) coordinate /= astro::kSpeedOfLight;
    position_s_.push_back(position);
  }
}

void SubbandSignal::begin_integration(std::size_t integration) {
  const bool first = integration_ == SIZE_MAX;
  integration_ = integration;
  const std::size_t n_station = stations_.size();
  std::fill(total_flux_jy_.begin(), total_flux_jy_.end(), 0.0F);
  for (std::size_t e = 0; e < emitters_.size(); ++e) {
    for (std::size_t a = 0; a < n_station; ++a) {
      delay_s_[e * n_station + a] = dot(position_s_[a], emitters_[e].offset[integration]);
      delay_rate_[e * n_station + a] = dot(position_s_[a], emitters_[e].rate[integration]);
    }
    for (std::size_t k = 0; k < n_channel_; ++k) {
      const auto flux = static_cast<float>(
          emitters_[e].flux_jy(integration, frequency_hz_[k], channel_width_hz_));
      flux_jy_[e * n_padded_ + k] = flux;
      total_flux_jy_[k] += flux;
    }
  }
  if (!first && !instrument_.drifts()) return;
  for (std::size_t a = 0; a < n_station; ++a)
    for (std::size_t p = 0; p < 2; ++p)
      for (std::size_t k = 0; k < n_channel_; ++k) {
        const std::complex<double> response = instrument_.response(
            stations_[a], p, subband_, frequency_hz_[k], group_.time_mjd_s[integration]);
        const std::size_t at = (a * 2 + p) * n_padded_ + k;
        response_re_[at] = static_cast<float>(response.real());
        response_im_[at] = static_cast<float>(response.imag());
      }
}

void SubbandSignal::add_emitter(std::size_t emitter, double delay_s, double delay_rate) {
  const double step_hz = n_channel_ > 1 ? frequency_hz_[1] - frequency_hz_[0] : 0;
  const double turns = frequency_hz_[0] * delay_s;
  fill_phasors(2 * astro::kPi * (turns - std::round(turns)), 2 * astro::kPi * step_hz * delay_s,
               n_padded_, phasor_re_.data(), phasor_im_.data());
  // Over the 0.8 % of a subband the smearing is a parabola through three channels to 1e-8.
  const std::size_t last = n_channel_ - 1;
  const double middle = 0.5 * static_cast<double>(last);
  const double f_last = frequency_hz_[last];
  const double s0 = integration_smearing(frequency_hz_[0], delay_rate, kIntegrationTimeS);
  const double s1 =
      integration_smearing(0.5 * (frequency_hz_[0] + f_last), delay_rate, kIntegrationTimeS);
  const double s2 = integration_smearing(f_last, delay_rate, kIntegrationTimeS);
  const double averaged =
      instrument_.settings().channel_averaging ? sinc(astro::kPi * channel_width_hz_ * delay_s) : 1;
  const double inverse = middle > 0 ? 1 / middle : 0;
  const auto a = static_cast<float>(averaged * s1);
  const auto b = static_cast<float>(averaged * 0.5 * (s2 - s0) * inverse);
  const auto c = static_cast<float>(averaged * (0.5 * (s2 + s0) - s1) * inverse * inverse);
  const auto centre = static_cast<float>(middle);
  const float* flux = &flux_jy_[emitter * n_padded_];
  float *re = re_.data(), *im = im_.data();
  const float *phasor_re = phasor_re_.data(), *phasor_im = phasor_im_.data();
  for (std::size_t k = 0; k < n_padded_; ++k) {
    const float x = static_cast<float>(static_cast<int>(k)) - centre;
    const float amplitude = flux[k] * (a + x * (b + x * c));
    re[k] += amplitude * phasor_re[k];
    im[k] += amplitude * phasor_im[k];
  }
}

void SubbandSignal::add_emitters(std::size_t station1, std::size_t station2) {
  std::fill(re_.begin(), re_.end(), 0.0F);
  std::fill(im_.begin(), im_.end(), 0.0F);
  const std::size_t n_station = stations_.size();
  for (std::size_t e = 0; e < emitters_.size(); ++e)
    add_emitter(e, delay_s_[e * n_station + station2] - delay_s_[e * n_station + station1],
                delay_rate_[e * n_station + station2] - delay_rate_[e * n_station + station1]);
}

void SubbandSignal::set_structured(const std::vector<std::vector<StructuredEvent>>& events,
                                   std::size_t n_band_channel) {
  structured_ = &events;
  band_end_ = n_band_channel - subband_ * n_channel_;
}

// Channels descend here, and count from the lowest frequency of the band there.
void SubbandSignal::add_structured(std::size_t baseline, std::size_t polarization) {
  std::fill(extra_re_.begin(), extra_re_.end(), 0.0F);
  std::fill(extra_im_.begin(), extra_im_.end(), 0.0F);
  for (const StructuredEvent& event : (*structured_)[baseline]) {
    if (integration_ < event.first_integration ||
        integration_ >= event.first_integration + event.n_integration)
      continue;
    const std::size_t low = band_end_ - n_channel_;
    const std::size_t end = std::min(event.first_channel + event.n_channel, band_end_);
    for (std::size_t c = std::max(event.first_channel, low); c < end; ++c) {
      const double turned =
          event.turn_time_rad * static_cast<double>(integration_ - event.first_integration) +
          event.turn_channel_rad * static_cast<double>(c - event.first_channel);
      const double phase = event.phase_rad[polarization] + turned;
      const std::size_t k = band_end_ - 1 - c;
      extra_re_[k] += static_cast<float>(event.sigma * std::cos(phase)) * noise_jy_;
      extra_im_[k] += static_cast<float>(event.sigma * std::sin(phase)) * noise_jy_;
    }
  }
}

void SubbandSignal::correlate(std::size_t baseline, std::complex<float>* out) {
  const auto [station1, station2] = baselines_[baseline];
  add_emitters(station1, station2);
  for (std::size_t p = 0; p < 2; ++p) {
    const float* re1 = &response_re_[(station1 * 2 + p) * n_padded_];
    const float* im1 = &response_im_[(station1 * 2 + p) * n_padded_];
    const float* re2 = &response_re_[(station2 * 2 + p) * n_padded_];
    const float* im2 = &response_im_[(station2 * 2 + p) * n_padded_];
    if (structured_ != nullptr) add_structured(baseline, p);
    for (std::size_t k = 0; k < n_channel_; ++k) {
      float v_re = re_[k] + extra_re_[k], v_im = im_[k] + extra_im_[k];
      if (noise_jy_ > 0) {
        v_re += noise_jy_ * noise_.normal();
        v_im += noise_jy_ * noise_.normal();
      }
      const float r_re = re1[k] * re2[k] + im1[k] * im2[k];
      const float r_im = re1[k] * im2[k] - im1[k] * re2[k];
      out[2 * k + p] = {r_re * v_re - r_im * v_im, r_re * v_im + r_im * v_re};
    }
  }
}

void SubbandSignal::autocorrelate(std::size_t station, std::complex<float>* out) {
  for (std::size_t p = 0; p < 2; ++p) {
    const float* re = &response_re_[(station * 2 + p) * n_padded_];
    const float* im = &response_im_[(station * 2 + p) * n_padded_];
    for (std::size_t k = 0; k < n_channel_; ++k) {
      float power = system_power_jy_ + total_flux_jy_[k];
      if (auto_fluctuation_ > 0) power *= std::abs(1 + auto_fluctuation_ * noise_.normal());
      out[2 * k + p] = {(re[k] * re[k] + im[k] * im[k]) * power, 0};
    }
  }
}

void SubbandSignal::rows(std::size_t first, Span<std::complex<float>> out) {
  const std::size_t row_size = 2 * n_channel_;
  for (std::size_t i = 0; i < out.size() / row_size; ++i) {
    const std::size_t integration = (first + i) / baselines_.size();
    if (integration != integration_) begin_integration(integration);
    const std::size_t baseline = (first + i) % baselines_.size();
    std::complex<float>* row = &out[i * row_size];
    if (baselines_[baseline].station1 == baselines_[baseline].station2)
      autocorrelate(baselines_[baseline].station1, row);
    else
      correlate(baseline, row);
  }
}

}  // namespace contimg::simulate
