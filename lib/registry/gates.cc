// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry/gates.h"

#include <cmath>
#include <cstdio>

namespace contimg::registry {
namespace {

enum class Better { lower, higher };

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
     &GateLimits::dec_offset_fail_deg, Better::lower},
    {"refant_flagged", &Figures::refant_flagged, nullptr, &GateLimits::refant_flagged_fail,
     Better::lower},
    {"phase_scatter_deg", &Figures::phase_scatter_deg, &GateLimits::scatter_warn_deg,
     &GateLimits::scatter_fail_deg, Better::lower},
    {"unconverged_share", &Figures::unconverged_share, &GateLimits::unconverged_warn,
     &GateLimits::unconverged_fail, Better::lower},
};

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

bool beyond(const Gate& gate, double value, double limit) {
  return gate.better == Better::lower ? value > limit : value < limit;
}

GateResult hold(const Gate& gate, const Figures& figures, const GateLimits& limits) {
  GateResult result;
  result.gate = gate.name;
  result.value = figures.*gate.figure;
  if (result.value && !std::isfinite(*result.value)) result.value.reset();
  if (gate.warn != nullptr) result.warn = limits.*gate.warn;
  result.fail = limits.*gate.fail;
  if (!result.value) {
    result.reason = result.gate + " is not known";
    return result;
  }
  const double value =
      gate.figure == &Figures::dec_offset_deg ? std::abs(*result.value) : *result.value;
  result.grade = Grade::pass;
  if (result.warn && beyond(gate, value, *result.warn)) result.grade = Grade::warn;
  if (beyond(gate, value, *result.fail)) result.grade = Grade::fail;
  if (result.grade == Grade::pass) return result;
  const double limit = result.grade == Grade::fail ? *result.fail : *result.warn;
  result.reason = result.gate + " " + number(value) + ", expected at " +
                  (gate.better == Better::lower ? "most " : "least ") + number(limit);
  return result;
}

int badness(Grade grade) {
  switch (grade) {
    case Grade::pass:
      return 0;
    case Grade::warn:
      return 1;
    case Grade::unknown:
      return 2;
    case Grade::fail:
      break;
  }
  return 3;
}

nlohmann::ordered_json or_null(const std::optional<double>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

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

const char* grade_name(Grade grade) {
  constexpr const char* kNames[] = {"PASS", "WARN", "FAIL", "UNKNOWN"};
  return kNames[static_cast<int>(grade)];
}

std::string Verdict::text() const {
  std::string reasons;
  for (const GateResult& gate : gates)
    if (!gate.reason.empty()) reasons += (reasons.empty() ? ": " : "; ") + gate.reason;
  return grade_name(grade) + reasons;
}

nlohmann::ordered_json Verdict::json() const {
  nlohmann::ordered_json report;
  report["verdict"] = grade_name(grade);
  report["gates"] = nlohmann::ordered_json::object();
  for (const GateResult& gate : gates)
    report["gates"][gate.gate] = {{"value", or_null(gate.value)},
                                  {"warn", or_null(gate.warn)},
                                  {"fail", or_null(gate.fail)},
                                  {"grade", grade_name(gate.grade)}};
  return report;
}

Verdict judge(const Figures& figures, const GateLimits& limits) {
  Verdict verdict;
  verdict.grade = Grade::pass;
  for (const Gate& gate : kGates) {
    verdict.gates.push_back(hold(gate, figures, limits));
    const Grade grade = verdict.gates.back().grade;
    if (badness(grade) > badness(verdict.grade)) verdict.grade = grade;
  }
  return verdict;
}

}  // namespace contimg::registry
