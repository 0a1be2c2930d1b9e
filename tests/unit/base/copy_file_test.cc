// SPDX-License-Identifier: GPL-3.0-or-later
// Copies are compared with what was written here.
#include "base/copy_file.h"

#include <gtest/gtest.h>

#include <boost/filesystem.hpp>
#include <fstream>
#include <iterator>

#include "base/error.h"

namespace contimg {
namespace {

namespace fs = boost::filesystem;

class CopyFile : public testing::Test {
 protected:
  CopyFile() : folder_(fs::temp_directory_path() / fs::unique_path("contimg-%%%%%%%%")) {
    fs::create_directory(folder_);
  }
  ~CopyFile() override { fs::remove_all(folder_); }
  std::string at(const std::string& name) const { return (folder_ / name).string(); }
  static void write(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }
  static std::string bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  void expect_refusal(const std::string& from, const std::string& to, const std::string& words) {
    try {
      copy_file(from, to);
      FAIL() << "copied";
    } catch (const TemporaryError& error) {
      EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
    }
  }

  const fs::path folder_;
};

TEST_F(CopyFile, CopiesEveryByteAndReplaces) {
  // More than a block, and not a whole number of them.
  std::string bytes((9u << 20) + 17, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 2654435761u >> 9);
  write(at("from"), bytes);
  write(at("to"), bytes + "old and longer");
  copy_file(at("from"), at("to"));
  EXPECT_TRUE(bytes_of(at("to")) == bytes);
}

TEST_F(CopyFile, CopiesAnEmptyFile) {
  write(at("from"), "");
  copy_file(at("from"), at("to"));
  EXPECT_TRUE(fs::exists(at("to")));
  EXPECT_EQ(fs::file_size(at("to")), 0u);
}

TEST_F(CopyFile, NamesTheSideThatFailed) {
  expect_refusal(at("nothing"), at("to"), at("nothing") + ": cannot be opened: No such file");
  write(at("from"), "x");
  expect_refusal(at("from"), at("no/folder"), at("no/folder") + ": cannot be opened: No such file");
  expect_refusal(folder_.string(), at("to"), ": cannot be read: Is a directory");
  expect_refusal(at("from"), "/dev/full", "/dev/full: cannot be written: No space left on device");
}

}  // namespace
}  // namespace contimg
