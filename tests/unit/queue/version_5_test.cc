// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/version_5.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "fixture.h"
#include "queue/image_rows.h"
#include "queue/schema.h"

namespace contimg::queue {
namespace {

void insert_mosaic(Database& db, const std::string& name) {
  db.execute(
      "INSERT INTO mosaics (name, path, tier, science, n_images, start_mjd, end_mjd, center_ra_deg,"
      " center_dec_deg, imsize_x, imsize_y, cellsize_arcsec, freq_ghz, verdict, method, "
      "fingerprint,"
      " created_at) VALUES ('" +
      name + "', '" + name +
      ".fits', 'science', 1, 1, 61000, 61001, 1, 16, 9, 9, 3, 1.4, 'PASS', 'm', 'f', 1)");
  db.execute("INSERT INTO mosaic_members VALUES ('" + name +
             "', 0, 'a', 'a-image.fits', 61000, 1)");
}

TEST_F(QueueTest, AQueueOfVersionFourGetsTablesOfMosaicsAndKeepsItsImages) {
  Database db(settings().path, Database::Mode::create, 1000);
  migrate(db, {migrations().begin(), migrations().begin() + 4});
  db.execute(
      "INSERT INTO images (path, ms_path, group_id, created_at, type, pbcor, tier, science,"
      " field_name, center_ra_deg, center_dec_deg, imsize_x, imsize_y, cellsize_arcsec, freq_ghz,"
      " bandwidth_mhz, integration_sec, mid_mjd, verdict) VALUES ('a-image.fits', 'a.ms', 'a', 1,"
      " 'image', 0, 'science', 1, '', 1, 16, 9, 9, 3, 1.4, 187, 309, 61000, 'PASS')");
  EXPECT_EQ(schema_version(db), 4);
  EXPECT_EQ(migrate(db), 4);
  EXPECT_GE(schema_version(db), 5);
  insert_mosaic(db, "m");
  EXPECT_EQ(db.integer("SELECT count(*) FROM mosaic_members JOIN images ON path = image_path"), 1);
}

TEST_F(QueueTest, AMosaicOutlivesItsMembersAndTakesItsRowsWithIt) {
  Queue queue(settings());
  Database& db = queue.database();
  insert_mosaic(db, "m");
  db.execute("INSERT INTO ingest_queue (group_id, state) VALUES ('a', 'completed')");
  db.execute("DELETE FROM ingest_queue WHERE group_id = 'a'");
  EXPECT_EQ(db.integer("SELECT count(*) FROM mosaic_members"), 1);
  EXPECT_THROW(insert_mosaic(db, "m"), DataError);
  db.execute("DELETE FROM mosaics");
  EXPECT_EQ(db.integer("SELECT count(*) FROM mosaic_members"), 0);
}

}  // namespace
}  // namespace contimg::queue
