// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"

#include <gtest/gtest.h>

namespace contimg {
namespace {

TEST(Error, ShowsControlCharactersOfWhatItQuotesInsteadOfSendingThemToTheTerminal) {
  EXPECT_STREQ(DataError("list.csv: ra is '\x1b[2J\r\t\x7f'").what(),
               "list.csv: ra is '\\x1b[2J\\x0d\t\\x7f'");
  EXPECT_STREQ(UsageError(std::string("a\0b", 3)).what(), "a\\x00b");
}

TEST(Error, ShowsC1ControlsButLeavesLettersOfUtf8AndLineBreaksAsTheyAre) {
  EXPECT_STREQ(DataError("\xc2\x9b\x33 mJy \xc3\xa9\xc2\xb5\n  2").what(),
               "\\xc2\x9b\x33 mJy \xc3\xa9\xc2\xb5\n  2");
}

}  // namespace
}  // namespace contimg
