// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/run_tool.h"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <new>

#include "base/error.h"
#include "base/stop.h"

namespace contimg::cli {
namespace {

struct Result {
  int code;
  std::string log;
};

Result run(
    const std::function<ExitCode()>& work, std::vector<std::string> arguments = {},
    const std::function<void(CLI::App&)>& declare = [](CLI::App&) {}) {
  arguments.insert(arguments.begin(), "test-tool");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  testing::internal::CaptureStderr();
  const int code =
      run_tool(static_cast<int>(argv.size()), argv.data(), {"test-tool", "Test.", declare, work});
  return {code, testing::internal::GetCapturedStderr()};
}

TEST(RunTool, EachKindOfErrorHasItsExitCode) {
  EXPECT_EQ(run([] { return ExitCode::success; }).code, 0);
  EXPECT_EQ(run([] { return ExitCode::failed; }).code, 1);
  EXPECT_EQ(run([]() -> ExitCode { throw UsageError("x"); }).code, 2);
  EXPECT_EQ(run([]() -> ExitCode { throw DataError("x"); }).code, 1);
  EXPECT_EQ(run([]() -> ExitCode { throw TemporaryError("x"); }).code, 75);
  EXPECT_EQ(run([]() -> ExitCode { throw Stopped("x"); }).code, 75);
  EXPECT_EQ(run([]() -> ExitCode { throw std::bad_alloc(); }).code, 1);
  EXPECT_EQ(run([]() -> ExitCode { throw std::logic_error("x"); }).code, 1);
}

TEST(RunTool, ErrorsAreLoggedSoThatGrepFindsThem) {
  const Result result = run([]() -> ExitCode { throw DataError("a.hdf5: truncated"); });
  EXPECT_NE(result.log.find("Z test-tool ERROR: a.hdf5: truncated\n"), std::string::npos);
  const Result usage = run([]() -> ExitCode { throw UsageError("give a file"); });
  EXPECT_NE(usage.log.find("Try 'test-tool --help'"), std::string::npos);
}

TEST(RunTool, TheLevelChoosesWhatIsShown) {
  const auto speak = [] {
    spdlog::debug("a detail");
    spdlog::info("some news");
    spdlog::warn("High queue depth: 15 groups queued");
    return ExitCode::success;
  };
  const auto shows = [&](std::vector<std::string> arguments, const char* text) {
    return run(speak, std::move(arguments)).log.find(text) != std::string::npos;
  };
  EXPECT_FALSE(shows({}, "a detail"));
  EXPECT_TRUE(shows({}, "some news"));
  EXPECT_TRUE(shows({"-v"}, "DEBUG: a detail"));
  EXPECT_TRUE(shows({"--log-level", "DEBUG"}, "DEBUG: a detail"));
  EXPECT_FALSE(shows({"--quiet"}, "some news"));
  EXPECT_TRUE(shows({"--quiet"}, "WARNING: High queue depth: 15 groups queued"));
  EXPECT_FALSE(shows({"--log-level", "error"}, "High queue depth"));
}

TEST(RunTool, KeepsTheLastFortyLinesEvenWhenQuiet) {
  run(
      [] {
        for (int i = 0; i < 100; ++i) spdlog::info("line {}", i);
        return ExitCode::success;
      },
      {"--quiet"});
  const std::string tail = log_tail();
  EXPECT_EQ(std::count(tail.begin(), tail.end(), '\n'), 40);
  EXPECT_NE(tail.find("INFO: line 60\n"), std::string::npos);
  EXPECT_EQ(tail.find("line 59\n"), std::string::npos);
  EXPECT_LT(tail.find("line 60\n"), tail.find("line 99\n"));
}

TEST(RunTool, SettingsAreThereBeforeTheWorkBegins) {
  Settings settings;
  const auto declare = [&](CLI::App& app) {
    add_settings(app, settings, {"--queue-db", "--max-parallel", "--stage-inputs"});
  };
  int parallel = 0;
  const auto work = [&] {
    parallel = settings.max_parallel;
    return ExitCode::success;
  };
  EXPECT_EQ(run(work, {"--queue-db", "q", "--max-workers", "3", "--stage-inputs"}, declare).code,
            0);
  EXPECT_EQ(parallel, 3);
  EXPECT_EQ(settings.queue_db, "q");
  EXPECT_TRUE(settings.stage_inputs);
  EXPECT_EQ(settings.sources.at("paths.queue_db"), "option --queue-db");
  EXPECT_EQ(run(work, {"--no-stage-inputs"}, declare).code, 0);
  EXPECT_FALSE(settings.stage_inputs);
  EXPECT_EQ(run(work, {"--expected-subbands", "4"}, declare).code, 2);
}

}  // namespace
}  // namespace contimg::cli
