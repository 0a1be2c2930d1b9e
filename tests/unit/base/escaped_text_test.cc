// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/escaped_text.h"

#include <gtest/gtest.h>

#include <limits>

namespace contimg {
namespace {

TEST(EscapedText, FieldsOfCsvAreQuotedWhereTheyMustBe) {
  EXPECT_EQ(csv_field("J2255+155"), "J2255+155");
  EXPECT_EQ(csv_field("a, b"), "\"a, b\"");
  EXPECT_EQ(csv_field("5\" off"), "\"5\"\" off\"");
  EXPECT_EQ(csv_field("two\nlines"), "\"two\nlines\"");
}

TEST(EscapedText, NumbersThatAreNoneAreEmptyFields) {
  EXPECT_EQ(csv_number(0.25, "%.3f"), "0.250");
  EXPECT_EQ(csv_number(std::numeric_limits<double>::quiet_NaN(), "%.3f"), "");
}

TEST(EscapedText, NothingOfATextIsMarkup) {
  EXPECT_EQ(xml_text("a<b & \"c\">d"), "a&lt;b &amp; &quot;c&quot;&gt;d");
}

}  // namespace
}  // namespace contimg
