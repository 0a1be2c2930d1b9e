// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/progress.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace contimg {
namespace {

TEST(ProgressLine, ShowsShareAndTimeLeft) {
  EXPECT_EQ(progress_line("writing", 0, 10, 2),
            "writing [..............................]   0 %  2 s");
  EXPECT_EQ(progress_line("writing", 5, 10, 8),
            "writing [###############...............]  50 %  8 s, 8 s left");
  EXPECT_EQ(progress_line("writing", 10, 10, 8),
            "writing [##############################] 100 %  8 s, 0 s left");
}

TEST(Progress, CountsWhatSeveralThreadsDo) {
  Progress progress("work", 4000);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 1000; ++n) progress.advance();
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(progress.done(), 4000u);
}

TEST(Progress, DrawsNothingOffATerminal) {
  show_progress(true);
  testing::internal::CaptureStderr();
  {
    Progress progress("work", 2);
    progress.advance();
    std::this_thread::sleep_for(std::chrono::milliseconds(1600));
    progress.advance();
  }
  show_progress(false);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace contimg
