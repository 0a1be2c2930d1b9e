// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <boost/filesystem.hpp>
#include <cmath>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "measure/database.h"
#include "measure/footprint.h"
#include "measure/source_table.h"

namespace contimg::measure {
namespace {

namespace fs = boost::filesystem;

constexpr double kDegree_rad = 0.017453292519943295, kArcsec_rad = kDegree_rad / 3600;

class Recorded : public testing::Test {
 protected:
  Recorded() : folder_(fs::temp_directory_path() / fs::unique_path("measure-%%%%%%%%")) {
    fs::create_directories(folder_);
    tile_.epoch.group_id = "2026-01-25T22:26:05";
    tile_.epoch.image_path = "images/a.fits";
    tile_.epoch.major_rad = 20 * kArcsec_rad;
    tile_.epoch.minor_rad = 10 * kArcsec_rad;
    tile_.epoch.rms_jy = 0.0003;
    Measurement seen;
    seen.name = "J1 <a&b>, \"c\"";
    seen.position = {343.78 * kDegree_rad, 15.96 * kDegree_rad};
    seen.flux_jy = 1.25;
    seen.error_jy = 0.01;
    seen.snr = 125;
    seen.flags = kBlended | kLowBeam;
    Measurement unseen;
    unseen.name = "J2";
    unseen.position = {0.5 * kDegree_rad, -1 * kDegree_rad};
    unseen.flux_jy = -0.0001;
    unseen.error_jy = 0.0003;
    unseen.limit_jy = 0.0009;
    unseen.reason = "below 3 sigma";
    Measurement found = seen;
    found.name = "J225507.2+155736";
    found.kind = Kind::blind;
    found.major_rad = 21 * kArcsec_rad;
    found.minor_rad = 11 * kArcsec_rad;
    found.position_angle_rad = 30 * kDegree_rad;
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

TEST_F(Recorded, KnownSourcesThatWerePutInAreApart) {
  MeasurementDatabase measurements(path("m.sqlite3"));
  Database& db = measurements.database();
  measurements.record(tile_);
  const auto science = [&] {
    return db.text("SELECT group_concat(id || group_id || change_id || version) FROM epoch") +
           db.text("SELECT group_concat(name || kind || flux_jy) FROM measurement") +
           db.text("SELECT last FROM change_counter");
  };
  const std::string before = science();
  InjectedTile injected;
  injected.epoch = tile_.epoch;
  injected.epoch.detection_sigma = 5;
  injected.record.seed = 4;
  for (int i = 0; i < 3; ++i) {
    InjectedRow row;
    row.truth.name = "INJ000" + std::to_string(i);
    row.truth.snr = 6 + i;
    row.found = i > 0;
    row.expected = 0.5;
    row.measured = tile_.sources[0];
    injected.sources.push_back(row);
  }
  const std::int64_t id = measurements.record(injected);
  injected.sources.pop_back();
  EXPECT_EQ(measurements.record(injected), id);
  EXPECT_EQ(science(), before);
  EXPECT_EQ(
      db.text("SELECT n_source || ' ' || n_found || ' ' || seed || ' ' || version FROM injection"),
      "2 1 4 2");
  EXPECT_EQ(db.text("SELECT group_concat(name || ' ' || true_snr || ' ' || found || ' ' || flux_jy)"
                    " FROM injected_source"),
            "INJ0000 6.0 0 1.25,INJ0001 7.0 1 1.25");
}

// The schema of version 1, as it was released.
const char* const kOldSchema = R"sql(
CREATE TABLE epoch (id INTEGER PRIMARY KEY AUTOINCREMENT, group_id TEXT NOT NULL UNIQUE,
  image_path TEXT NOT NULL, mid_mjd REAL, ra_deg REAL, dec_deg REAL, frequency_hz REAL,
  major_arcsec REAL, minor_arcsec REAL, pa_deg REAL, rms_jy REAL, verdict TEXT NOT NULL DEFAULT '',
  calibration_set TEXT NOT NULL DEFAULT '', tier TEXT NOT NULL DEFAULT '',
  science INTEGER NOT NULL DEFAULT 1, catalogue TEXT NOT NULL DEFAULT '',
  n_reference INTEGER NOT NULL DEFAULT 0, flux_scale REAL, flux_scale_error REAL,
  flux_offset_jy REAL, flux_offset_error_jy REAL, offset_east_arcsec REAL, offset_north_arcsec REAL,
  position_rms_arcsec REAL, tie_reason TEXT NOT NULL DEFAULT '', reliability REAL,
  n_forced INTEGER NOT NULL, n_blind INTEGER NOT NULL, version INTEGER NOT NULL DEFAULT 1,
  recorded_at REAL NOT NULL);
CREATE INDEX epoch_time ON epoch (mid_mjd);
CREATE TABLE measurement (epoch_id INTEGER NOT NULL REFERENCES epoch (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('forced', 'blind')), name TEXT NOT NULL,
  ra_deg REAL NOT NULL, dec_deg REAL NOT NULL, ra_error_arcsec REAL, dec_error_arcsec REAL,
  flux_jy REAL, flux_error_jy REAL, noise_error_jy REAL, limit_jy REAL, snr REAL, local_rms_jy REAL,
  pb REAL, smearing REAL, integrated_jy REAL, major_arcsec REAL, minor_arcsec REAL, pa_deg REAL,
  catalogue_flux_jy REAL, offset_east_arcsec REAL, offset_north_arcsec REAL,
  flags INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (epoch_id, kind, name)) WITHOUT ROWID;
CREATE INDEX measurement_name ON measurement (name, epoch_id);
INSERT INTO epoch (id, group_id, image_path, n_forced, n_blind, recorded_at)
  VALUES (3, 'a', 'a.fits', 1, 0, 1), (7, '2026-01-25T22:26:05', 'b.fits', 0, 0, 1);
INSERT INTO measurement (epoch_id, kind, name, ra_deg, dec_deg) VALUES (3, 'forced', 'J1', 1, 2);
PRAGMA application_id = 0x63696d6d;
PRAGMA user_version = 1;
)sql";

TEST_F(Recorded, AnOlderDatabaseKeepsItsRowsAndGoesOnFromThem) {
  Database(path("old.sqlite3"), Database::Mode::create, 1000).execute(kOldSchema);
  MeasurementDatabase measurements(path("old.sqlite3"));
  Database& db = measurements.database();
  EXPECT_EQ(db.integer("PRAGMA user_version"), 3);
  EXPECT_EQ(db.integer("SELECT count(*) FROM injection"), 0);
  EXPECT_EQ(db.text("SELECT group_concat(id || ':' || change_id) FROM epoch"), "3:3,7:7");
  EXPECT_EQ(db.integer("SELECT count(*) FROM measurement WHERE epoch_id = 3"), 1);
  EXPECT_EQ(measurements.record(tile_), 7);
  EXPECT_EQ(db.integer("SELECT change_id FROM epoch WHERE id = 7"), 8);
  const auto columns_of = [](Database& database) {
    return database.text("SELECT group_concat(name) FROM pragma_table_info('epoch')");
  };
  MeasurementDatabase fresh(path("fresh.sqlite3"));
  EXPECT_EQ(columns_of(db), columns_of(fresh.database()));
}

TEST_F(Recorded, ChangesAreCountedAndNeverReused) {
  MeasurementDatabase measurements(path("m.sqlite3"));
  Database& db = measurements.database();
  const auto change = [&] { return db.integer("SELECT max(change_id) FROM epoch"); };
  measurements.record(tile_);
  EXPECT_EQ(change(), 1);
  measurements.record(tile_);
  EXPECT_EQ(change(), 2);
  db.execute("DELETE FROM epoch");
  measurements.record(tile_);
  EXPECT_EQ(change(), 3);
  MeasurementDatabase other(path("other.sqlite3"));
  EXPECT_NE(db.text("SELECT identity FROM change_counter"),
            other.database().text("SELECT identity FROM change_counter"));
}

TEST_F(Recorded, TheFootprintIsKept) {
  Footprint& footprint = tile_.epoch.footprint;
  footprint.min_beam = 0.2;
  footprint.step_rad = 0.1 * kDegree_rad;
  footprint.response.assign(Footprint::kSide * Footprint::kSide, 0.5F);
  footprint.response[1] = 0.25F;
  MeasurementDatabase measurements(path("m.sqlite3"));
  measurements.record(tile_);
  Statement row(measurements.database(),
                "SELECT min_beam, response_step_deg, hex(response), detection_sigma FROM epoch");
  row.step();
  EXPECT_DOUBLE_EQ(row.real(0), 0.2);
  EXPECT_DOUBLE_EQ(row.real(1), 0.1);
  EXPECT_EQ(row.text(2).size(), 21U * 21 * 4 * 2);
  EXPECT_EQ(row.text(2).substr(0, 24), "0000003F0000803E0000003F");
  EXPECT_TRUE(row.is_null(3));
}

// A beam that falls westwards, and smearing that falls southwards, on a grid of its own.
TEST(Footprint, IsBeamTimesSmearingEastFirstSouthFirst) {
  TileImages images;
  const astro::Direction centre{359.99 * kDegree_rad, 75 * kDegree_rad};
  images.image.n_x = images.image.n_y = 102;
  images.image.wcs = fits::Wcs::orthographic(centre, 102, 102, 1e-3);
  images.image.pixels.assign(102 * 102, 0);
  images.beam = images.image;
  for (std::size_t y = 0; y < 102; ++y)
    for (std::size_t x = 0; x < 102; ++x)
      images.beam.at(x, y) = static_cast<float>(1 - 0.005 * static_cast<double>(x));
  fits::Image smearing;
  smearing.n_x = smearing.n_y = 12;
  smearing.wcs = fits::Wcs::orthographic(centre, 12, 12, 1e-2);
  smearing.pixels.assign(144, 0);
  for (std::size_t y = 0; y < 12; ++y)
    for (std::size_t x = 0; x < 12; ++x)
      smearing.at(x, y) = static_cast<float>(0.4 + 0.05 * static_cast<double>(y));
  images.smearing = smearing;
  const Footprint footprint = footprint_of(images);
  ASSERT_TRUE(footprint.known());
  EXPECT_NEAR(footprint.step_rad, 5e-3, 1e-9);
  for (std::size_t y = 0; y < 21; ++y)
    for (std::size_t x = 0; x < 21; ++x) {
      const double beam = 1 - 0.005 * (1 + 5 * static_cast<double>(x));
      const double smeared = 0.4 + 0.05 * (1 + 0.5 * static_cast<double>(y));
      EXPECT_NEAR(footprint.response[y * 21 + x], beam * smeared, 1e-6) << x << ' ' << y;
    }
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
