// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/exposition.h"

#include <gtest/gtest.h>

#include <limits>

namespace contimg::metrics {
namespace {

TEST(Exposition, WritesHelpTypeAndEscapedLabels) {
  Family family("a_b", Family::Type::gauge, "A \\ and\na line.");
  family.add(1.5, {{"x", "quote \" slash \\ line\nend"}, {"y", ""}}).add(-2);
  EXPECT_EQ(family.text(),
            "# HELP a_b A \\\\ and\\na line.\n# TYPE a_b gauge\n"
            "a_b{x=\"quote \\\" slash \\\\ line\\nend\",y=\"\"} 1.5\na_b -2\n");
}

TEST(Exposition, AFamilyWithoutSamplesIsAbsent) {
  Family family("a", Family::Type::counter, "Nothing.");
  EXPECT_EQ(family.add(std::optional<double>()).text(), "");
}

TEST(Exposition, NumbersAreThoseOfTheFormat) {
  Family family("a", Family::Type::gauge, "h");
  family.add(std::numeric_limits<double>::infinity());
  family.add(std::numeric_limits<double>::quiet_NaN());
  family.add(1795000000.25);
  EXPECT_EQ(family.text(), "# HELP a h\n# TYPE a gauge\na +Inf\na NaN\na 1795000000.25\n");
}

TEST(Exposition, AHistogramIsCumulative) {
  Family family("t", Family::Type::histogram, "h");
  family.add_histogram({1, 2.5}, {3, 0, 4}, 99.5, {{"s", "x"}});
  EXPECT_EQ(family.text(),
            "# HELP t h\n# TYPE t histogram\nt_bucket{s=\"x\",le=\"1\"} 3\n"
            "t_bucket{s=\"x\",le=\"2.5\"} 3\nt_bucket{s=\"x\",le=\"+Inf\"} 7\n"
            "t_sum{s=\"x\"} 99.5\nt_count{s=\"x\"} 7\n");
}

}  // namespace
}  // namespace contimg::metrics
