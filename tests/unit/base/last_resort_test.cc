// SPDX-License-Identifier: GPL-3.0-or-later
// Error messages are the C library's: strerror(3).
#include "base/last_resort.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <stdexcept>

namespace contimg {
namespace {

struct FailsWhenItGoes {
  explicit FailsWhenItGoes(std::string how) : words(std::move(how)) {}
  ~FailsWhenItGoes() { throw_from(words); }
  static void throw_from(const std::string& words) { throw std::runtime_error(words); }
  std::string words;
};

void fail_in_a_destructor(const std::string& words) {
  install_last_resort([](const std::string& why) { std::cerr << "report " << why << '\n'; });
  const LastResort first([](const std::string&) { std::cerr << "first "; });
  const LastResort bad([](const std::string&) { throw std::runtime_error("again"); });
  {
    const LastResort gone([](const std::string&) { std::cerr << "gone "; });
  }
  const LastResort last([](const std::string&) { std::cerr << "last "; });
  const FailsWhenItGoes failing(words);
}

TEST(LastResortDeathTest, RunsWhatLivesNewestFirstAndSaysTryAgain) {
  EXPECT_EXIT(fail_in_a_destructor("x.ms: No space left on device"), testing::ExitedWithCode(75),
              "^report x.ms: No space left on device\nlast first $");
}

// `whole` is made already, `product` is being made.
void fail_while_making(const std::string& product, const std::string& words) {
  install_last_resort([](const std::string& why) { std::cerr << "report " << why << '\n'; });
  const LastResort making([](const std::string& why) { std::cerr << "told " << why; },
                          [&] { return product; });
  const LastResort whole([](const std::string&) {}, [] { return std::string(); });
  const FailsWhenItGoes failing(words);
}

TEST(LastResortDeathTest, NamesTheProductBeforeWordsThatDoNot) {
  EXPECT_EXIT(fail_while_making("b/x.ms", "tracePWRITE failed"), testing::ExitedWithCode(75),
              "^report b/x.ms: tracePWRITE failed\ntold b/x.ms: tracePWRITE failed$");
  EXPECT_EXIT(fail_while_making("b/x.ms",
                                "FilebufIO: b/x.ms.partial-1/table.f1: No space left"
                                " on device"),
              testing::ExitedWithCode(75), "^report FilebufIO: b/x.ms.partial-1/table.f1");
}

TEST(LastResortDeathTest, LeavesABugABug) {
  EXPECT_EXIT(fail_in_a_destructor("index out of range"), testing::KilledBySignal(SIGABRT), "");
}

TEST(LastResort, KnowsTheDisksFaults) {
  EXPECT_TRUE(is_of_the_disk("FilebufIO: a/b: Disk quota exceeded"));
  EXPECT_TRUE(is_of_the_disk("Read-only file system"));
  EXPECT_TRUE(is_of_the_disk("FiledesIO::write - write error in a: Interrupted system call"));
  EXPECT_TRUE(is_of_the_disk("FilebufIO: write error for file a: No such file or directory"));
  EXPECT_TRUE(is_of_the_disk("LockFile.cc : Failed AlwaysAssert tracePWRITE(fd, b, n, 0) == n"));
  EXPECT_TRUE(is_of_the_disk("Directory::remove: a/SPECTRAL_WINDOW is not empty"));
  EXPECT_FALSE(is_of_the_disk("table.dat: not a table"));
}

}  // namespace
}  // namespace contimg
