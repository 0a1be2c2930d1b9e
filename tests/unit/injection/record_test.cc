// SPDX-License-Identifier: GPL-3.0-or-later
#include "injection/record.h"

#include <gtest/gtest.h>

#include <boost/filesystem.hpp>
#include <fstream>

#include "base/error.h"
#include "scratch.h"

namespace contimg::injection {
namespace {

namespace fs = boost::filesystem;

std::string file_with(const std::string& name, const std::string& text) {
  const std::string path = scratch(name);
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream(path) << text;
  return path;
}

TEST(InjectionRecord, IsReadAsItWasWritten) {
  Record record;
  record.group_id = "2026-01-25T22:26:05";
  record.science_image = "/data/x-image.fits";
  record.science_size_byte = 123;
  record.science_time_unix_s = 456;
  record.seed = 9;
  record.sources = {{"INJ0001", {1.234567890123, -0.3}, 0.0123, 1e-3, 7.5},
                    {"INJ0002", {}, 1, 2, 3}};
  const std::string path = file_with("x-injected.json", "");
  write_record(path, record);
  const Record read = read_record(path);
  EXPECT_EQ(read.group_id, record.group_id);
  EXPECT_EQ(read.science_image, record.science_image);
  EXPECT_EQ(read.seed, 9);
  EXPECT_FALSE(read.measured);
  ASSERT_EQ(read.sources.size(), 2u);
  EXPECT_EQ(read.sources[0].name, "INJ0001");
  EXPECT_NEAR(read.sources[0].position.ra_rad, 1.234567890123, 1e-15);
  EXPECT_NEAR(read.sources[0].position.dec_rad, -0.3, 1e-15);
  EXPECT_DOUBLE_EQ(read.sources[0].flux_jy, 0.0123);
  EXPECT_DOUBLE_EQ(read.sources[0].snr, 7.5);
  EXPECT_TRUE(is_current(read, record));
}

TEST(InjectionRecord, BelongsToOneScienceImage) {
  const std::string image = file_with("s-image.fits", "pixels");
  const Record before = record_of("g", image, 1);
  EXPECT_TRUE(is_current(before, record_of("g", image, 1)));
  EXPECT_FALSE(is_current(before, record_of("g", image, 2)));
  EXPECT_FALSE(is_current(before, record_of("other", image, 1)));
  file_with("s-image.fits", "other pixels");
  EXPECT_FALSE(is_current(before, record_of("g", image, 1)));
  EXPECT_THROW(record_of("g", scratch("absent-image.fits"), 1), DataError);
}

TEST(InjectionRecord, WhatIsNoneIsRefused) {
  EXPECT_THROW(read_record(scratch("absent.json")), DataError);
  for (const char* text : {"", "[]", "{", "{\"format\": 2}", "{\"format\": 1}"})
    EXPECT_THROW(read_record(file_with("bad.json", text)), DataError) << text;
  EXPECT_THROW(record_path("x.fits"), DataError);
  EXPECT_EQ(record_path("a/x-image.fits"), "a/x-injected.json");
}

TEST(InjectionRecord, OneTileInSoManyIsDue) {
  // Groups follow each other every 309.24 s: a night of 280.
  int n_due = 0, last = -1;
  for (int i = 0; i < 280; ++i) {
    const auto unix_s = static_cast<std::time_t>(1769380000 + i * 309.24);
    char stamp[32];
    std::strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", std::gmtime(&unix_s));
    if (!is_due(stamp, 12)) continue;
    if (last >= 0) {
      EXPECT_NEAR(i - last, 12, 1);
    }
    last = i;
    ++n_due;
    EXPECT_TRUE(is_due(stamp, 12));
  }
  EXPECT_NEAR(n_due, 280 / 12, 2);
  EXPECT_FALSE(is_due("2026-01-25T22:26:05", 0));
  EXPECT_TRUE(is_due("2026-01-25T22:26:05", 1));
  EXPECT_TRUE(is_due("no stamp", 1));
}

// FNV-1a's own test vector: "a" is af63dc4c8601ec8c; ours goes on with ":" and the seed.
TEST(InjectionRecord, TheHashIsFnv1a) {
  std::uint64_t hash = 0xaf63dc4c8601ec8cULL;
  for (const char letter : std::string(":5"))
    hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3ULL;
  EXPECT_EQ(hash_of("a", 5), hash);
}

}  // namespace
}  // namespace contimg::injection
