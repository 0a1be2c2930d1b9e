// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <boost/filesystem.hpp>
#include <cmath>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "measure/database.h"
#include "measure/source_table.h"

namespace contimg::measure {
namespace {

namespace fs = boost::filesystem;

constexpr double kDegree = 0.017453292519943295, kArcsec = kDegree / 3600;

class Recorded : public testing::Test {
 protected:
  Recorded() : folder_(fs::temp_directory_path() / fs::unique_path("measure-%%%%%%%%")) {
    fs::create_directories(folder_);
    tile_.epoch.group_id = "2026-01-25T22:26:05";
    tile_.epoch.image_path = "images/a.fits";
    tile_.epoch.major_rad = 20 * kArcsec;
    tile_.epoch.minor_rad = 10 * kArcsec;
    tile_.epoch.rms_jy = 0.0003;
    Measurement seen;
    seen.name = "J1 <a&b>, \"c\"";
    seen.position = {343.78 * kDegree, 15.96 * kDegree};
    seen.flux_jy = 1.25;
    seen.error_jy = 0.01;
    seen.snr = 125;
    seen.flags = kBlended | kLowBeam;
    Measurement unseen;
    unseen.name = "J2";
    unseen.position = {0.5 * kDegree, -1 * kDegree};
    unseen.flux_jy = -0.0001;
    unseen.error_jy = 0.0003;
    unseen.limit_jy = 0.0009;
    unseen.reason = "below 3 sigma";
    Measurement found = seen;
    found.name = "J225507.2+155736";
    found.kind = Kind::blind;
    found.major_rad = 21 * kArcsec;
    found.minor_rad = 11 * kArcsec;
    found.position_angle_rad = 30 * kDegree;
    tile_.sources = {seen, unseen, found};
  }
  ~Recorded() override { fs::remove_all(folder_); }
  std::string path(const char* name) const { return (folder_ / name).string(); }
  static std::string text(const std::string& path) {
    std::ostringstream all;
    all << std::ifstream(path).rdbuf();
    return all.str();
  }

  fs::path folder_;
  Tile tile_;
};

TEST_F(Recorded, EveryRowHasAValueForEachColumn) {
  for (const Measurement& m : tile_.sources) EXPECT_EQ(values_of(m).size(), columns().size());
}

TEST_F(Recorded, CsvQuotesAndLeavesUnknownNumbersOut) {
  write_csv(path("a.csv"), tile_);
  std::istringstream lines(text(path("a.csv")));
  std::string title, first, second;
  std::getline(lines, title);
  std::getline(lines, first);
  std::getline(lines, second);
  EXPECT_EQ(title.substr(0, 17), "name,kind,ra_deg,");
  EXPECT_EQ(first.substr(0, 64),
            "\"J1 <a&b>, \"\"c\"\"\",forced,343.7800000,15.9600000,,,1.25,0.01,,,12");
  EXPECT_NE(first.find(",blended low_beam,"), std::string::npos);
  EXPECT_EQ(second.substr(0, 56), "J2,forced,0.5000000,-1.0000000,,,-0.0001,0.0003,,0.0009,");
  EXPECT_NE(second.find(",below 3 sigma"), std::string::npos);
}

TEST_F(Recorded, RegionsPointEllipsesNorth) {
  write_regions(path("a.reg"), tile_);
  const std::string regions = text(path("a.reg"));
  EXPECT_NE(regions.find("ellipse(343.7800000,15.9600000,11.000\",21.000\",30.00)"),
            std::string::npos)
      << regions;
  EXPECT_NE(regions.find("color=yellow dash=1 text={J2}"), std::string::npos);
}

TEST_F(Recorded, MeasuringAgainReplacesExactlyItsRows) {
  MeasurementDatabase measurements(path("m.sqlite3"));
  Database& db = measurements.database();
  const std::int64_t first = measurements.record(tile_);
  Tile other = tile_;
  other.epoch.group_id = "2026-01-25T22:31:14";
  const std::int64_t second = measurements.record(other);
  EXPECT_NE(first, second);
  tile_.sources.pop_back();
  tile_.sources[0].flux_jy = 2;
  EXPECT_EQ(measurements.record(tile_), first);
  EXPECT_EQ(db.integer("SELECT count(*) FROM epoch"), 2);
  EXPECT_EQ(db.integer("SELECT count(*) FROM measurement"), 5);
  EXPECT_EQ(db.integer("SELECT version FROM epoch WHERE id = " + std::to_string(first)), 2);
  EXPECT_EQ(db.text("SELECT group_concat(flux_jy) FROM (SELECT flux_jy FROM measurement WHERE "
                    "name LIKE 'J1 %' ORDER BY epoch_id)"),
            "2.0,1.25");
  EXPECT_EQ(db.integer("SELECT count(*) FROM measurement WHERE snr IS NULL"), 2);
}

TEST_F(Recorded, DatabasesOfOthersAreRefused) {
  {
    Database other(path("o.sqlite3"), Database::Mode::create, 1000);
    other.execute("CREATE TABLE t (x)");
  }
  EXPECT_THROW(MeasurementDatabase(path("o.sqlite3")), UsageError);
  {
    MeasurementDatabase newer(path("n.sqlite3"));
    newer.database().execute("PRAGMA user_version = 99");
  }
  EXPECT_THROW(MeasurementDatabase(path("n.sqlite3")), UsageError);
}

TEST_F(Recorded, AstropyReadsTheTables) {
  write_fits_table(path("a.fits"), tile_);
  write_votable(path("a.xml"), tile_);
  const std::string script = R"py(
import sys, warnings
warnings.simplefilter('error')
from astropy.io import fits
from astropy.io.votable import parse_single_table
with fits.open(sys.argv[1], checksum=True) as f:
    f.verify('exception')
    t = f['SOURCES'].data
    assert f['SOURCES'].header['GROUP_ID'] == '2026-01-25T22:26:05'
    assert list(t['name']) == ['J1 <a&b>, "c"', 'J2', 'J225507.2+155736'], list(t['name'])
    assert t['flux_jy'][1] == -0.0001 and t['snr'][1] != t['snr'][1]
    assert f['SOURCES'].columns['ra_deg'].unit == 'deg'
v = parse_single_table(sys.argv[2], verify='exception').to_table()
assert list(v['name']) == ['J1 <a&b>, "c"', 'J2', 'J225507.2+155736']
assert v['flux_jy'][0] == 1.25 and str(v['flux_jy'].unit) == 'Jy'
assert v['limit_jy'].mask[0] if hasattr(v['limit_jy'], 'mask') else v['limit_jy'][0] != v['limit_jy'][0]
)py";
  std::ofstream(path("a.py")) << script;
  const std::string command =
      "/usr/bin/python3 " + path("a.py") + " " + path("a.fits") + " " + path("a.xml");
  EXPECT_EQ(std::system(command.c_str()), 0);
}

}  // namespace
}  // namespace contimg::measure
