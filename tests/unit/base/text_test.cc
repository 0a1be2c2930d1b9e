// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/text.h"

#include <gtest/gtest.h>

namespace contimg {
namespace {

TEST(Text, WordsAreJoinedWithTheSeparatorBetweenThem) {
  EXPECT_EQ(joined({}), "");
  EXPECT_EQ(joined({"a"}), "a");
  EXPECT_EQ(joined({"a", "b", "", "c"}), "a, b, , c");
  EXPECT_EQ(joined({"", "a", "b"}, ","), "a,b");
}

TEST(Text, IsTrimmedOfBlanksAtItsEndsOnly) {
  EXPECT_EQ(trimmed("\t a \t b\r\n"), "a \t b");
  EXPECT_EQ(trimmed("a"), "a");
  EXPECT_EQ(trimmed(" \t\r\n"), "");
  EXPECT_EQ(trimmed(""), "");
}

TEST(Text, IsLoweredByteByByte) { EXPECT_EQ(lowered("MJy-\xc3\x84 9Z"), "mjy-\xc3\x84 9z"); }

}  // namespace
}  // namespace contimg
