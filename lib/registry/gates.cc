// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry/gates.h"

namespace contimg::registry {
namespace {

using quality::Better;

struct Gate {
  const char* name;
  std::optional<double> Figures::*figure;
  double GateLimits::*warn;  // null: none
  double GateLimits::*fail;
  Better better;
};

constexpr Gate kGates[] = {
    {"flagged_share", &Figures::flagged_share, &GateLimits::flagged_warn, &GateLimits::flagged_fail,
     Better::lower},
    {"live_antennas", &Figures::live_antennas, nullptr, &GateLimits::min_antennas, Better::higher},
    {"median_snr", &Figures::median_snr, &GateLimits::snr_warn, &GateLimits::snr_fail,
     Better::higher},
    {"beam_response", &Figures::beam_response, nullptr, &GateLimits::min_beam, Better::higher},
    {"dec_offset_deg", &Figures::dec_offset_deg, &GateLimits::dec_offset_warn_deg,
     &GateLimits::dec_offset_fail_deg, Better::nearer_zero},
    {"refant_flagged", &Figures::refant_flagged, nullptr, &GateLimits::refant_flagged_fail,
     Better::lower},
    {"phase_scatter_deg", &Figures::phase_scatter_deg, &GateLimits::scatter_warn_deg,
     &GateLimits::scatter_fail_deg, Better::lower},
    {"unconverged_share", &Figures::unconverged_share, &GateLimits::unconverged_warn,
     &GateLimits::unconverged_fail, Better::lower},
};

}  // namespace

GateLimits gate_limits(const Settings& settings) {
  GateLimits limits;
  limits.flagged_warn = settings.flagged_warn;
  limits.flagged_fail = settings.flagged_fail;
  limits.min_antennas = settings.min_antennas;
  limits.snr_warn = settings.snr_warn;
  limits.snr_fail = settings.snr_fail;
  limits.min_beam = settings.min_beam;
  limits.dec_offset_warn_deg = settings.dec_offset_warn_deg;
  limits.dec_offset_fail_deg = settings.dec_offset_fail_deg;
  limits.refant_flagged_fail = settings.refant_flagged_fail;
  limits.scatter_warn_deg = settings.scatter_warn_deg;
  limits.scatter_fail_deg = settings.scatter_fail_deg;
  limits.unconverged_warn = settings.unconverged_warn;
  limits.unconverged_fail = settings.unconverged_fail;
  return limits;
}

Verdict judge(const Figures& figures, const GateLimits& limits) {
  std::vector<quality::Gate> gates;
  for (const Gate& gate : kGates) {
    gates.push_back(
        {gate.name, figures.*gate.figure, std::nullopt, limits.*gate.fail, gate.better});
    if (gate.warn != nullptr) gates.back().warn = limits.*gate.warn;
  }
  return quality::judge(gates);
}

}  // namespace contimg::registry
