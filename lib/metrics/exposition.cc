// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/exposition.h"

#include <cmath>
#include <cstdio>
#include <stdexcept>

namespace contimg::metrics {
namespace {

std::string escaped(const std::string& text, bool quotes) {
  std::string result;
  for (const char c : text) {
    if (c == '\\')
      result += "\\\\";
    else if (c == '\n')
      result += "\\n";
    else if (c == '"' && quotes)
      result += "\\\"";
    else
      result += c;
  }
  return result;
}

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char text[40];
  std::snprintf(text, sizeof text, "%.15g", value);
  return text;
}

std::string sample(const std::string& name, const Labels& labels, double value) {
  std::string line = name;
  for (std::size_t i = 0; i < labels.size(); ++i)
    line += (i == 0 ? '{' : ',') + labels[i].first + "=\"" + escaped(labels[i].second, true) + '"';
  return line + (labels.empty() ? " " : "} ") + number(value) + '\n';
}

}  // namespace

Family::Family(std::string name, Type type, std::string help)
    : name_(std::move(name)), help_(std::move(help)), type_(type) {}

Family& Family::add(double value, const Labels& labels) {
  samples_ += sample(name_, labels, value);
  return *this;
}

Family& Family::add(std::optional<double> value, const Labels& labels) {
  return value ? add(*value, labels) : *this;
}

Family& Family::add_histogram(const std::vector<double>& bounds, const std::vector<double>& counts,
                              double sum, const Labels& labels) {
  if (counts.size() != bounds.size() + 1)
    throw std::invalid_argument("a histogram has one count more than bounds");
  double total = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    total += counts[i];
    Labels with_bound = labels;
    with_bound.emplace_back("le", i < bounds.size() ? number(bounds[i]) : "+Inf");
    samples_ += sample(name_ + "_bucket", with_bound, total);
  }
  samples_ += sample(name_ + "_sum", labels, sum) + sample(name_ + "_count", labels, total);
  return *this;
}

std::string Family::text() const {
  if (samples_.empty()) return "";
  constexpr const char* kType[] = {"gauge", "counter", "histogram"};
  return "# HELP " + name_ + ' ' + escaped(help_, false) + "\n# TYPE " + name_ + ' ' +
         kType[static_cast<int>(type_)] + '\n' + samples_;
}

}  // namespace contimg::metrics
