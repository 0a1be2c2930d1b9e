// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/words.h"

#include <gtest/gtest.h>

#include <cmath>

#include "report/night_page.h"
#include "report/remedy.h"
#include "report/svg.h"

namespace contimg::report {
namespace {

TEST(Words, EveryNumberHasAUnit) {
  EXPECT_EQ(duration(3.04), "3.0 s");
  EXPECT_EQ(duration(119), "119 s");
  EXPECT_EQ(duration(312), "5.2 min");
  EXPECT_EQ(duration(3600 * 3.1), "3.1 h");
  EXPECT_EQ(duration(86400 * 2), "2.0 d");
  EXPECT_EQ(size(812), "812 B");
  EXPECT_EQ(size(3.24e9), "3.2 GB");
  EXPECT_EQ(size(124e6), "124 MB");
  EXPECT_EQ(flux(0.00128), "1.280 mJy");
  EXPECT_EQ(flux(2.9892), "2.989 Jy");
  EXPECT_EQ(percent(0.123), "12.3 %");
  EXPECT_EQ(percent(0.0015), "0.15 %");
  EXPECT_EQ(utc(1769432456), "2026-01-26 13:00:56 UTC");
  EXPECT_EQ(clock_utc(1769432456), "13:00");
  EXPECT_EQ(counted(1, "group") + ", " + counted(2, "group"), "1 group, 2 groups");
}

TEST(Words, WhatIsNotKnownIsADash) {
  for (const std::string& text : {duration(NAN), size(NAN), flux(INFINITY), percent(NAN), utc(NAN),
                                  clock_utc(0), fixed(NAN, 2)})
    EXPECT_EQ(text, "-");
}

TEST(Words, ShorteningNeverCutsACharacterInTwo) {
  EXPECT_EQ(shortened("abc", 3), "abc");
  EXPECT_EQ(shortened("abcd", 3), "abc...");
  EXPECT_EQ(shortened("a\xc3\xb6z", 2), "a...");
}

TEST(Base64, IsThatOfTheStandard) {  // RFC 4648, section 10
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foob"), "Zm9vYg==");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64(std::string("\xff\xfe\x00", 3)), "//4A");
}

TEST(TickStep, IsOneTwoOrFiveTimesAPowerOfTen) {
  EXPECT_DOUBLE_EQ(tick_step(10), 2);
  EXPECT_DOUBLE_EQ(tick_step(0.03), 0.01);
  EXPECT_DOUBLE_EQ(tick_step(1600), 500);
  for (double top = 1e-6; top < 1e6; top *= 1.37) {
    const double n = top / tick_step(top);
    EXPECT_GE(n, 3 - 1e-9) << top;
    EXPECT_LE(n, 7.5 + 1e-9) << top;
  }
}

TEST(KindOfReason, IsTheSameForGroupsThatFailedAlike) {
  const std::string a =
      kind_of_reason("2026-01-26T13:00:56: /data/one.hdf5: 12 of 16 subbands bad; and more",
                     "2026-01-26T13:00:56");
  EXPECT_EQ(a, kind_of_reason("2026-01-26T14:00:56: /other/two.hdf5: 3 of 16 subbands bad",
                              "2026-01-26T14:00:56"));
  EXPECT_EQ(a, "# of # subbands bad");
  EXPECT_EQ(kind_of_reason("", "x"), "no reason recorded");
}

TEST(RemedyFor, NamesACommandWithTheGroup) {
  EXPECT_EQ(remedy_for("convert", "collecting timeout; missing subbands: sb03", "G").command,
            "manage-queue validate G");
  EXPECT_EQ(remedy_for("calibrate", "no_calibration", "G").command, "manage-caltables which G");
  EXPECT_EQ(remedy_for("image", "WSClean ended with 139", "G").command, "manage-queue retry G");
  EXPECT_EQ(remedy_for("convert", "a.ms: exists already; --overwrite replaces it", "G").command,
            "convert-group --group G --overwrite");
  EXPECT_EQ(remedy_for("flag", "exists already", "G").command, "manage-queue retry G");
  EXPECT_EQ(remedy_for("image", "/a: the disk is full", "G").command, "clean-up");
}

}  // namespace
}  // namespace contimg::report
