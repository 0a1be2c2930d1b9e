// SPDX-License-Identifier: GPL-3.0-or-later
#include "astro/sinc.h"

#include <gtest/gtest.h>

namespace contimg::astro {
namespace {

TEST(Sinc, IsTheMeanOfAPhasorWhosePhaseRunsEvenly) {
  for (const double x : {0.0, 1e-5, 0.1, 0.7, 2.0, 3.3}) {
    double sum = 0;
    constexpr int kSteps = 20000;
    for (int k = 0; k < kSteps; ++k) sum += std::cos(x * (2 * (k + 0.5) / kSteps - 1));
    EXPECT_NEAR(sinc(x), sum / kSteps, 1e-8) << x;
  }
}

}  // namespace
}  // namespace contimg::astro
