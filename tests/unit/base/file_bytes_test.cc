// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/file_bytes.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <fstream>

#include "base/error.h"
#include "scratch.h"

namespace contimg {
namespace {

TEST(FileBytes, AreAllOfThem) {
  const std::string path = scratch("bytes");
  std::string bytes(200'000, 'x');
  bytes[70'000] = '\0';
  std::ofstream(path, std::ios::binary) << bytes;
  EXPECT_EQ(file_bytes(path), bytes);
  std::ofstream(path, std::ios::trunc).close();
  EXPECT_EQ(file_bytes(path), "");
}

TEST(FileBytes, OfWhatIsNoFileAreNone) {
  EXPECT_EQ(file_bytes(scratch("absent")), std::nullopt);
  EXPECT_EQ(errno, ENOENT);
  EXPECT_EQ(file_bytes("/"), std::nullopt);
  EXPECT_EQ(errno, EISDIR);
}

// Reading the memory of a process where it has none is an I/O error.
TEST(FileBytes, OfADiskThatFailsAreATemporaryError) {
  try {
    file_bytes("/proc/self/mem");
    FAIL() << "expected a TemporaryError";
  } catch (const TemporaryError& error) {
    EXPECT_NE(std::string(error.what()).find("/proc/self/mem: cannot be read (Input/output error)"),
              std::string::npos)
        << error.what();
  }
  std::ifstream stream("/proc/self/mem");
  std::string line;
  std::getline(stream, line);
  EXPECT_THROW(require_sound(stream, "/proc/self/mem"), TemporaryError);
}

}  // namespace
}  // namespace contimg
