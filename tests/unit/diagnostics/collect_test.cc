// SPDX-License-Identifier: GPL-3.0-or-later
#include "diagnostics/collect.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "base/subprocess.h"
#include "scratch.h"

namespace contimg::diagnostics {
namespace {

TEST(LastLines, AreTheLastOfAFileWholeOrNot) {
  const std::string path = scratch("log");
  std::ofstream(path) << "one\ntwo\nthree\n";
  EXPECT_EQ(last_lines(path, 2), "two\nthree\n");
  EXPECT_EQ(last_lines(path, 3), "one\ntwo\nthree\n");
  EXPECT_EQ(last_lines(path, 9), "one\ntwo\nthree\n");
  std::ofstream(path) << "one\ntwo\nnot ended";
  EXPECT_EQ(last_lines(path, 2), "two\nnot ended");
  std::ofstream(path) << "";
  EXPECT_EQ(last_lines(path, 2), "");
  EXPECT_THROW(last_lines(path + "-absent", 2), TemporaryError);
  EXPECT_THROW(last_lines(scratch(""), 2), TemporaryError);
}

TEST(LastLines, ASecretThatBeganBeforeThemIsOne) {
  const std::string path = scratch("secret-log");
  std::ofstream out(path);
  out << "password = \"\"\"\n";
  for (int i = 0; i < 50; ++i) out << "hunter2 " << i << "\n";
  out << "\"\"\"\nlast\n";
  out.close();
  const std::string lines = last_lines(path, 10);
  EXPECT_EQ(lines.find("hunter2"), std::string::npos);
  EXPECT_NE(lines.find("last\n"), std::string::npos);
}

TEST(OutputOf, SaysHowAProgramEndedOrThatItIsAbsent) {
  EXPECT_EQ(output_of({"sh", "-c", "echo out; echo err >&2"}), "out\nerr\n");
  EXPECT_EQ(output_of({"sh", "-c", "exit 3"}), "(exit code 3)\n");
  EXPECT_EQ(output_of({"no-such-program"}), "no-such-program: not installed\n");
  EXPECT_NE(output_of({"sleep", "20"}, 0.2).find("ended after"), std::string::npos);
}

TEST(Collect, WithoutAnySettingEverySectionIsThereAndWhatIsMissingIsSaid) {
  Request request;
  request.output = scratch("d.tar.gz");
  request.fault = "token = hunter2";
  EXPECT_EQ(collect({}, request), request.output);
  const std::string list = output_of({"tar", "-tzf", request.output});
  for (const Section& section : sections({}, ""))
    EXPECT_NE(list.find("/" + section.path + "\n"), std::string::npos) << section.path;
  const std::string readme =
      output_of({"tar", "-xzf", request.output, "-O", "--wildcards", "*/README.txt"});
  EXPECT_NE(readme.find("Missing:\nconfiguration/contimg.toml"), std::string::npos) << readme;
  EXPECT_NE(readme.find("queue/failures.jsonl: no queue is named"), std::string::npos);
  EXPECT_EQ(readme.find("hunter2"), std::string::npos);
  EXPECT_THROW(collect({}, request), DataError);
}

}  // namespace
}  // namespace contimg::diagnostics
