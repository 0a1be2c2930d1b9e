// SPDX-License-Identifier: GPL-3.0-or-later
#include "astro/channel_step.h"

#include <gtest/gtest.h>

namespace contimg::astro {
namespace {

TEST(EvenStep, IsSignedAndForgivesHalfAHertz) {
  EXPECT_EQ(even_step_hz({1.3e9, 1.3e9 - 30517.578125, 1.3e9 - 2 * 30517.578125}), -30517.578125);
  EXPECT_DOUBLE_EQ(*even_step_hz({1e9, 1.001e9 + 0.5, 1.002e9}), 1e6);
}

TEST(EvenStep, IsNothingForChannelsWithAGap) {
  EXPECT_FALSE(even_step_hz({1e9, 1.001e9, 1.003e9}));
  EXPECT_FALSE(even_step_hz({1e9, 1.001e9 + 3, 1.002e9}));
}

TEST(EvenStep, IsZeroForOneChannelOrNone) {
  EXPECT_EQ(even_step_hz({1e9}), 0);
  EXPECT_EQ(even_step_hz({}), 0);
}

}  // namespace
}  // namespace contimg::astro
