// SPDX-License-Identifier: GPL-3.0-or-later
#include "subband/name.h"

#include <gtest/gtest.h>

using namespace contimg::subband;

TEST(SubbandName, ReadsStampAndNumberOfTheCorrelatorsFiles) {
  const auto name = parse_file_name("/data/incoming/2026-01-25T22:26:05_sb07.hdf5");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->stamp, "2026-01-25T22:26:05");
  EXPECT_EQ(name->subband, 7);
  // 2026-01-25 is MJD 61065.
  EXPECT_DOUBLE_EQ(name->stamp_mjd_s, 61065.0 * 86400 + 22 * 3600 + 26 * 60 + 5);
  EXPECT_EQ(format_file_name(name->stamp, name->subband), "2026-01-25T22:26:05_sb07.hdf5");
}

TEST(SubbandName, LeavesUnfinishedHiddenAndForeignFilesAlone) {
  EXPECT_EQ(name_kind("2026-01-25T22:26:05_sb07.hdf5"), NameKind::subband);
  EXPECT_EQ(name_kind("2026-01-25T22:26:05_sb07_incomplete.hdf5"), NameKind::incomplete);
  EXPECT_EQ(name_kind(".2026-01-25T22:26:05_sb07.hdf5"), NameKind::hidden);
  EXPECT_EQ(name_kind(".fuse_hidden0000"), NameKind::hidden);
  for (const char* name :
       {"2026-01-25T22:26:05_sb07.hdf5.corrupted", "2026-01-25T22:26:05_sb07_favg.hdf5",
        "notes.txt", "x.hdf5", "", "_sb1.hdf5", "2026-01-25T22:26:05_sb007.hdf5"})
    EXPECT_NE(name_kind(name), NameKind::subband) << name;
}

TEST(SubbandName, ComplainsOfNamesThatAreAlmostRight) {
  for (const char* name : {"2026-13-25T22:26:05_sb07.hdf5", "2026-01-25T24:26:05_sb07.hdf5",
                           "2026-01-25T22:26:05_sbxx.hdf5", "run5_sb03.hdf5",
                           "2026-01-25 22:26:05_sb07.hdf5", "2026-02-30T22:26:05_sb07.hdf5"}) {
    EXPECT_EQ(name_kind(name), NameKind::misnamed) << name;
    EXPECT_FALSE(parse_file_name(name)) << name;
  }
}
