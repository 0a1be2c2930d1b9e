// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace contimg::metrics {

using Labels = std::vector<std::pair<std::string, std::string>>;

/// A family of metrics in Prometheus' text format 0.0.4: one name, one type, samples with labels.
class Family {
 public:
  enum class Type { gauge, counter, histogram };
  Family(std::string name, Type type, std::string help);

  Family& add(double value, const Labels& labels = {});
  /// Nothing is added where there is no value: an absent sample says "not known".
  Family& add(std::optional<double> value, const Labels& labels = {});
  /// Given: bounds of the buckets, ascending; how many values each holds that no lower one does,
  /// and one more for those above the last; the sum of all.
  Family& add_histogram(const std::vector<double>& bounds, const std::vector<double>& counts,
                        double sum, const Labels& labels);

  /// HELP, TYPE and samples, each line ended; empty without samples.
  std::string text() const;

 private:
  std::string name_, help_;
  Type type_;
  std::string samples_;
};

}  // namespace contimg::metrics
