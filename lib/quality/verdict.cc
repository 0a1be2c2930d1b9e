// SPDX-License-Identifier: GPL-3.0-or-later
#include "quality/verdict.h"

#include <cmath>
#include <cstdio>

namespace contimg::quality {
namespace {

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

bool beyond(Better better, double value, double limit) {
  switch (better) {
    case Better::lower:
      return value > limit;
    case Better::higher:
      return value < limit;
    case Better::nearer_zero:
      return std::abs(value) > limit;
    case Better::nearer_one:
      break;
  }
  return std::abs(value - 1) > limit;
}

std::string expectation(Better better, double limit) {
  switch (better) {
    case Better::higher:
      return ", expected at least " + number(limit);
    case Better::nearer_one:
      return ", expected within " + number(limit) + " of 1";
    case Better::lower:
    case Better::nearer_zero:
      break;
  }
  return ", expected at most " + number(limit);
}

GateResult hold(const Gate& gate) {
  GateResult result{gate.name, gate.value, gate.warn, gate.fail, Grade::unknown, ""};
  if (result.value && !std::isfinite(*result.value)) result.value.reset();
  if (!result.value) {
    if (gate.required) result.reason = gate.name + " is not known";
    return result;
  }
  const double value = *result.value;
  result.grade = Grade::pass;
  if (gate.warn && beyond(gate.better, value, *gate.warn)) result.grade = Grade::warn;
  if (gate.fail && beyond(gate.better, value, *gate.fail)) result.grade = Grade::fail;
  if (result.grade == Grade::pass) return result;
  result.reason = gate.name + " " +
                  number(gate.better == Better::nearer_zero ? std::abs(value) : value) +
                  expectation(gate.better, result.grade == Grade::fail ? *gate.fail : *gate.warn);
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

const char* grade_name(Grade grade) {
  constexpr const char* kNames[] = {"PASS", "WARN", "FAIL", "UNKNOWN"};
  return kNames[static_cast<int>(grade)];
}

std::string Verdict::reasons() const {
  std::string joined;
  for (const GateResult& gate : gates)
    if (!gate.reason.empty()) joined += (joined.empty() ? "" : "; ") + gate.reason;
  return joined;
}

std::string Verdict::text() const {
  const std::string why = reasons();
  return grade_name(grade) + (why.empty() ? "" : ": " + why);
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

Verdict judge(const std::vector<Gate>& gates) {
  Verdict verdict;
  verdict.grade = Grade::pass;
  for (const Gate& gate : gates) {
    verdict.gates.push_back(hold(gate));
    const GateResult& result = verdict.gates.back();
    if (result.grade == Grade::unknown && !gate.required) continue;
    if (badness(result.grade) > badness(verdict.grade)) verdict.grade = result.grade;
  }
  return verdict;
}

}  // namespace contimg::quality
