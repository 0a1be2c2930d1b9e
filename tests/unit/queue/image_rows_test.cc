// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/image_rows.h"

#include <gtest/gtest.h>

#include "fixture.h"
#include "queue/schema.h"

namespace contimg::queue {
namespace {

ImagesOutcome outcome_of(const std::string& group_id, double dec_deg, double noise_jy,
                         const std::string& verdict, double mid_mjd) {
  ImageRow row;
  row.path = group_id + "-image.fits";
  row.ms_path = group_id + ".ms";
  row.type = "image";
  row.tier = "science";
  row.center_dec_deg = dec_deg;
  row.noise_jy = noise_jy;
  row.mid_mjd = mid_mjd;
  row.verdict = verdict;
  ImageQualityRow quality;
  quality.image_path = row.path;
  quality.verdict = verdict;
  quality.figures = quality.gates = quality.engine = "{}";
  return {{row}, quality};
}

TEST_F(QueueTest, AQueueOfVersionThreeGetsTablesOfImagesAndKeepsItsRows) {
  Database db(settings().path, Database::Mode::create, 1000);
  const std::vector<Migration> old(migrations().begin(), migrations().begin() + 3);
  migrate(db, old);
  db.execute("INSERT INTO ms_index (path, group_id) VALUES ('a.ms', 'a')");
  EXPECT_EQ(schema_version(db), 3);
  EXPECT_EQ(migrate(db), 3);
  EXPECT_GE(schema_version(db), 4);
  record_images(db, "a", outcome_of("a", 16, 1e-3, "PASS", 61000), 1);
  EXPECT_EQ(db.text("SELECT imagename FROM ms_index"), "a-image.fits");
  EXPECT_EQ(db.integer("SELECT count(*) FROM image_qa JOIN images ON path = image_path"), 1);
}

TEST_F(QueueTest, ImagesOfAGroupThatIsImagedAgainReplaceTheOldOnes) {
  Queue queue(settings());
  Database& db = queue.database();
  record_images(db, "a", outcome_of("a", 16, 1e-3, "FAIL", 61000), 1);
  record_images(db, "a", outcome_of("a", 16, 2e-3, "PASS", 61000), 2);
  EXPECT_EQ(db.integer("SELECT count(*) FROM images"), 1);
  EXPECT_EQ(db.text("SELECT verdict FROM image_qa"), "PASS");
}

TEST_F(QueueTest, TheStripsNoiseIsTheMedianOfItsGoodImagesForScience) {
  Queue queue(settings());
  Database& db = queue.database();
  const auto add = [&](const std::string& id, double dec_deg, double noise, const char* verdict) {
    record_images(db, id, outcome_of(id, dec_deg, noise, verdict, 61000), 1);
  };
  for (int i = 0; i < 4; ++i) add("a" + std::to_string(i), 16.1, 0.010 + 0.001 * i, "PASS");
  add("elsewhere", 40, 1, "PASS");
  add("failed", 16, 1, "FAIL");
  EXPECT_FALSE(strip_rms_jy(db, 16, "x"));  // only four
  add("a4", 15.5, 0.014, "WARN");
  EXPECT_DOUBLE_EQ(strip_rms_jy(db, 16, "x").value(), 0.012);
  EXPECT_FALSE(strip_rms_jy(db, 16, "a4"));  // not compared with itself
  add("a5", 16.5, 0.015, "UNKNOWN");
  EXPECT_DOUBLE_EQ(strip_rms_jy(db, 16, "x").value(), 0.0125);
}

}  // namespace
}  // namespace contimg::queue
