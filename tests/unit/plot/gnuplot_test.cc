// SPDX-License-Identifier: GPL-3.0-or-later
#include "plot/gnuplot.h"

#include <gtest/gtest.h>

#include <boost/filesystem.hpp>
#include <fstream>
#include <limits>

#include "base/error.h"
#include "base/subprocess.h"

namespace contimg::plot {
namespace {
namespace fs = boost::filesystem;

class PageTest : public testing::Test {
 protected:
  PageTest() { fs::create_directories(folder_); }
  ~PageTest() override { fs::remove_all(folder_); }
  std::size_t n_file() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }
  std::string folder_ = (fs::temp_directory_path() / fs::unique_path("plot-%%%%%%%%")).string();
  std::string path_ = folder_ + "/a picture's.png";
};

TEST_F(PageTest, BecomesAPngOfItsSize) {
  Page page(320, 200);
  page.add_block("points", {{1, 2}, {2, std::numeric_limits<double>::quiet_NaN()}, {3, 1.5e-9}});
  page.add("set title " + quoted("it's 5 % of $100; `date`\nof \"x\""));
  page.add("plot $points with lines notitle");
  page.write_png(path_);
  std::ifstream file(path_, std::ios::binary);
  unsigned char head[24] = {};
  file.read(reinterpret_cast<char*>(head), sizeof head);
  EXPECT_EQ(std::string(reinterpret_cast<char*>(head) + 1, 3), "PNG");
  EXPECT_EQ(head[18] * 256 + head[19], 320);
  EXPECT_EQ(head[22] * 256 + head[23], 200);
  EXPECT_EQ(n_file(), 1u) << "no script and no partial is left";
}

TEST_F(PageTest, BecomesAnSvgOfTheSameSize) {
  Page page(320, 200);
  page.add_block("points", {{1, 2}, {2, 1}, {3, 1.5}});
  page.add("set title " + quoted("η < 5 & \"more\""));
  page.add("plot $points with lines notitle");
  const std::string svg = folder_ + "/picture.svg";
  page.write_svg(svg);
  Command command;
  command.program = "/usr/bin/python3";
  command.arguments = {"-c",
                       "import sys, xml.etree.ElementTree as e\n"
                       "r = e.parse(sys.argv[1]).getroot()\n"
                       "print(r.tag, r.get('viewBox'), ''.join(r.itertext()))",
                       svg};
  const Outcome outcome = run_program(command);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error_tail;
  EXPECT_NE(outcome.output_tail.find("{http://www.w3.org/2000/svg}svg 0 0 320 200"),
            std::string::npos)
      << outcome.output_tail;
  EXPECT_NE(outcome.output_tail.find("η < 5 & \"more\""), std::string::npos) << outcome.output_tail;
  EXPECT_EQ(n_file(), 1u) << "no script and no partial is left";
}

TEST_F(PageTest, WhatGnuplotRefusesIsSaidAndLeavesTheOldPicture) {
  std::ofstream(path_) << "old";
  Page page(320, 200);
  page.add("plot $nothing with lines");
  try {
    page.write_png(path_);
    FAIL();
  } catch (const TemporaryError& error) {
    EXPECT_NE(std::string(error.what()).find("gnuplot failed"), std::string::npos) << error.what();
  }
  std::string text;
  std::getline(std::ifstream(path_), text);
  EXPECT_EQ(text, "old");
  EXPECT_EQ(n_file(), 1u);
}

TEST(Quoted, KeepsQuotesAndHasNoLineBreaks) { EXPECT_EQ(quoted("it's\nso"), "'it''s so'"); }

}  // namespace
}  // namespace contimg::plot
