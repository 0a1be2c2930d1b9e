// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/similar_word.h"

#include <gtest/gtest.h>

namespace contimg {
namespace {

TEST(DidYouMean, NamesTheNearestAndNothingFarAway) {
  EXPECT_EQ(did_you_mean("imge", {"flag", "image"}), ", did you mean image?");
  EXPECT_EQ(did_you_mean("elephant", {"flag", "image"}), "");
  EXPECT_EQ(did_you_mean("", {"flag"}), "");
}

}  // namespace
}  // namespace contimg
