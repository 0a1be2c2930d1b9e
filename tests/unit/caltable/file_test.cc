// SPDX-License-Identifier: GPL-3.0-or-later
#include <casacore/tables/Tables/ArrayColumn.h>
#include <casacore/tables/Tables/Table.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "base/error.h"
#include "caltable/reader.h"
#include "caltable/writer.h"
#include "tables.h"

namespace contimg::caltable {
namespace {

std::string reason(const std::string& path) {
  try {
    read_caltable(path);
  } catch (const DataError& error) {
    return error.what();
  }
  return "nothing wrong";
}

TEST(Caltable, ReadsWhatWasWritten) {
  const Scratch scratch;
  for (const Kind kind : {Kind::delay, Kind::bandpass, Kind::gain}) {
    const std::string path = scratch.path + "/x." + vis_cal(kind)[0];
    const CalTable written = known_table(kind);
    write_caltable(path, written, this_process(0), false);
    const CalTable read = read_caltable(path);
    EXPECT_EQ(read.kind, kind);
    EXPECT_EQ(read.ms_name, "group.ms");
    EXPECT_EQ(read.description.keywords, written.description.keywords);
    EXPECT_EQ(read.description.antennas.at(2).name, "105");
    EXPECT_EQ(read.description.antennas.at(2).position_m,
              written.description.antennas.at(2).position_m);
    EXPECT_EQ(read.description.fields.at(0).name, "3C286");
    ASSERT_EQ(read.solutions.size(), 4U);  // by window, then time
    const std::size_t order[] = {0, 2, 1, 3};
    for (std::size_t i = 0; i < 4; ++i) {
      const Solutions &a = read.solutions[i], &b = written.solutions[order[i]];
      EXPECT_EQ(a.time_mjd_s, b.time_mjd_s);
      EXPECT_EQ(a.interval_s, 60);
      EXPECT_EQ(a.spectral_window, b.spectral_window);
      EXPECT_EQ(a.refant, 1);
      EXPECT_EQ(a.gain, b.gain);
      EXPECT_EQ(a.delay_ns, b.delay_ns);
      EXPECT_EQ(a.error, b.error);
      EXPECT_EQ(a.snr, b.snr);
      EXPECT_EQ(a.flagged, b.flagged);
    }
  }
}

TEST(Caltable, WidthOfADelayWindowIsTheBand) {
  const ms::SpectralWindow band = whole_band(description().spectral_windows[0]);
  EXPECT_DOUBLE_EQ(band.frequency_hz.at(0), 1403e6);
  EXPECT_DOUBLE_EQ(band.width_hz.at(0), 8e6);
}

TEST(Caltable, LeavesNothingBesideIt) {
  const Scratch scratch;
  write_caltable(scratch.path + "/x.G", known_table(Kind::gain), this_process(0), false);
  std::size_t n = 0;
  for (const auto& entry : std::filesystem::directory_iterator(scratch.path)) n += entry.exists();
  EXPECT_EQ(n, 1U);
  EXPECT_THROW(
      write_caltable(scratch.path + "/x.G", known_table(Kind::gain), this_process(0), false),
      ProductExists);
  write_caltable(scratch.path + "/x.G", known_table(Kind::gain, 1), this_process(0), true);
  EXPECT_EQ(read_caltable(scratch.path + "/x.G").solutions.size(), 2U);
}

TEST(Caltable, RefusesToWriteNaN) {
  const Scratch scratch;
  CalTable table = known_table(Kind::gain);
  table.solutions[1].gain[4] = std::nanf("");
  EXPECT_THROW(write_caltable(scratch.path + "/x.G", table, this_process(0), false), DataError);
  EXPECT_FALSE(std::filesystem::exists(scratch.path + "/x.G"));
  table.solutions[1].flagged[4] = 1;  // a flagged one may be anything
  write_caltable(scratch.path + "/x.G", table, this_process(0), false);
  EXPECT_TRUE(std::filesystem::exists(scratch.path + "/x.G"));
}

// Found by fuzzing.
TEST(Caltable, RefusesFrequenciesAndTimesThatAreNone) {
  const Scratch scratch;
  const auto refused = [&](const CalTable& table) {
    EXPECT_THROW(write_caltable(scratch.path + "/x.G", table, this_process(0), false), DataError);
  };
  CalTable table = known_table(Kind::gain);
  table.description.spectral_windows[1].frequency_hz[0] = -1.4e9;
  refused(table);
  table = known_table(Kind::gain);
  table.description.spectral_windows[0].width_hz[0] = std::nan("");
  refused(table);
  table = known_table(Kind::gain);
  table.solutions[0].time_mjd_s = std::nan("");
  refused(table);
}

TEST(Caltable, SaysWhatIsWrongWithAFile) {
  const Scratch scratch;
  EXPECT_NE(reason(scratch.path + "/none").find("none"), std::string::npos);
  const std::string path = scratch.path + "/x.B";
  write_caltable(path, known_table(Kind::bandpass), this_process(0), false);
  EXPECT_EQ(reason(path), "nothing wrong");
  std::filesystem::copy(path, path + ".partial-1-host-2", std::filesystem::copy_options::recursive);
  EXPECT_NE(reason(path + ".partial-1-host-2").find("being written"), std::string::npos);
  std::filesystem::copy(path, scratch.path + "/half.B", std::filesystem::copy_options::recursive);
  std::filesystem::remove_all(scratch.path + "/half.B/ANTENNA");
  EXPECT_NE(reason(scratch.path + "/half.B"), "nothing wrong");
  std::filesystem::resize_file(path + "/table.f0", 2000);
  EXPECT_NE(reason(path), "nothing wrong");
}

// Found by fuzzing: the first was no error of ours, and room was made for shapes without end.
TEST(Caltable, RefusesCellsOfDamagedShapes) {
  const Scratch scratch;
  const std::string path = scratch.path + "/x.B";
  write_caltable(path, known_table(Kind::bandpass), this_process(0), false);
  const auto put_direction = [&](const casacore::IPosition& shape) {
    casacore::Table fields(path + "/FIELD", casacore::Table::Update);
    casacore::ArrayColumn<double>(fields, "PHASE_DIR").put(0, casacore::Array<double>(shape, 1.0));
  };
  put_direction(casacore::IPosition(2, 1, 1));
  EXPECT_NE(reason(path).find(path + ": a FIELD/PHASE_DIR has 1 values, expected 2"),
            std::string::npos)
      << reason(path);
  put_direction(casacore::IPosition(2, 2, 1 << 20));
  EXPECT_NE(reason(path).find(path + ": a FIELD/PHASE_DIR has the shape [2, 1048576]"),
            std::string::npos)
      << reason(path);
}

int compare_layout(const std::string& document, const std::string& table) {
  const std::string script = CONTIMG_SOURCE_DIR "/tests/unit/caltable/layout.py";
  return std::system(("/usr/bin/python3 " + script + " " + document + " '" + table + "'").c_str());
}

// An independent program finds every column, keyword and value where the format document has it.
TEST(Caltable, HasTheDocumentedLayout) {
  if (std::system("/usr/bin/python3 -c 'import casacore.tables' 2>/dev/null") != 0)
    GTEST_SKIP() << "python3-casacore is not installed";
  const std::string document = CONTIMG_SOURCE_DIR "/docs/formats/caltable.md";
  const Scratch scratch;
  for (const Kind kind : {Kind::delay, Kind::bandpass, Kind::gain}) {
    const std::string path = scratch.path + "/x." + vis_cal(kind)[0];
    write_caltable(path, known_table(kind), this_process(0), false);
    EXPECT_EQ(compare_layout(document, path), 0) << vis_cal(kind);
  }
  // and would notice another one
  std::ifstream file(document);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  for (const char* right :
       {"epoch UTC", "| double | scalar | s |", "DISH_DIAMETER", "`PolBasis`"}) {
    std::string wrong = text;
    wrong.replace(wrong.find(right), std::string(right).size(), "| other |");
    std::ofstream(scratch.path + "/wrong.md") << wrong;
    EXPECT_NE(compare_layout(scratch.path + "/wrong.md >/dev/null 2>&1", scratch.path + "/x.G"), 0)
        << right;
  }
}

}  // namespace
}  // namespace contimg::caltable
