// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "fixture.h"
#include "report/explain_group.h"
#include "report/explain_mosaic.h"
#include "report/subject.h"
#include "report/why.h"

namespace contimg::report {
namespace {

constexpr double kNoon = 1769428800;

class Explain : public ReportTest {};

TEST_F(Explain, TheFirstLineSaysWhyAGroupFailedAndWhatMendsIt) {
  const std::string id = group(kNoon, "completed");
  trouble(id, "image", "failed", "WSClean ended with 139");
  const Json headline = headline_of(db_, id);
  EXPECT_EQ(headline["state"], "failed");
  EXPECT_EQ(headline["command"], "manage-queue retry " + id);
  const std::string text = why(settings, {id, "", "", false});
  const std::string line = text.substr(0, text.find('\n'));
  EXPECT_NE(line.find("failed in image after 3 attempts: WSClean ended with 139"),
            std::string::npos);
  EXPECT_NE(line.find("manage-queue retry " + id), std::string::npos);
}

TEST_F(Explain, TheLastEarlierGoodOneOfTheSameClassIsComparedWith) {
  const std::string good = group(kNoon, "completed");
  const std::string poor = group(kNoon + 1000, "completed");
  const std::string other = group(kNoon + 2000, "completed", "calibrator");
  const std::string here = group(kNoon + 3000, "completed");
  const std::string later = group(kNoon + 4000, "completed");
  for (const auto& [id, verdict] :
       {std::pair{good, "PASS"}, {poor, "WARN"}, {other, "PASS"}, {here, "WARN"}, {later, "PASS"}})
    image(id, verdict, id == here ? 3e-3 : 1e-3);
  const Json compared = compared_with_last_good(db_, here);
  EXPECT_EQ(compared["group"], good);
  ASSERT_EQ(compared["differences"].size(), 1U);
  EXPECT_EQ(compared["differences"][0]["what"], "noise");
  EXPECT_EQ(compared["differences"][0]["here"], "3.000 mJy");
  // |ln 3| / ln 1.15 = 7.86
  EXPECT_NEAR(compared["differences"][0]["size"].get<double>(), 7.9, 0.01);
  EXPECT_TRUE(compared_with_last_good(db_, good)["group"].is_null());
}

TEST_F(Explain, ARemovedProductIsToldWithWhenAndWhy) {
  const std::string id = group(kNoon, "completed");
  db_.execute(
      "INSERT INTO product (path, group_id, stage, kind, created_at, removed_at,"
      " removed_reason) VALUES ('/gone', '" +
      id + "', 'image', 'psf', 1, " + std::to_string(kNoon) +
      ", 'older than 30 days'), ('/absent', '" + id + "', 'image', 'model', 2, NULL, NULL)");
  const Json products = products_of(db_, id);
  ASSERT_EQ(products.size(), 2U);
  EXPECT_EQ(products[0]["where"], "removed 2026-01-26 12:00:00 UTC: older than 30 days");
  EXPECT_EQ(products[1]["where"], "absent, and nobody recorded its removal");
}

TEST_F(Explain, ASubjectIsFoundByIdPathAndMosaic) {
  const std::string id = group(kNoon, "completed");
  image(id, "PASS", 1e-3);
  EXPECT_EQ(find_subject(db_, id).name, id);
  EXPECT_EQ(find_subject(db_, "/images/" + id + "-image.fits").name, id);
  EXPECT_EQ(find_subject(db_, "/images/../images/" + id + "-image.fits/").name, id);
  db_.execute(
      "INSERT INTO mosaics (name, path, tier, science, n_images, start_mjd, end_mjd,"
      " center_ra_deg, center_dec_deg, imsize_x, imsize_y, cellsize_arcsec, freq_ghz, verdict,"
      " method, fingerprint, created_at) VALUES ('M', '/mosaics/M.fits', 'science', 1, 2, 1, 2,"
      " 0, 0, 9, 9, 3, 1.4, 'PASS', 'm', 'f', 1)");
  EXPECT_EQ(find_subject(db_, "/mosaics/M.fits").kind, Subject::Kind::mosaic);
  EXPECT_EQ(find_subject(db_, "M").kind, Subject::Kind::mosaic);
  EXPECT_THROW(find_subject(db_, "nothing"), UsageError);
}

TEST_F(Explain, AMosaicTellsWhetherItsTilesAreStillThoseThatWereAddedUp) {
  const std::string anew = group(kNoon, "completed"), gone = group(kNoon + 400, "completed");
  image(anew, "PASS", 1e-3);  // made at 1, after the mosaic
  db_.execute(
      "INSERT INTO mosaics (name, path, tier, science, n_images, start_mjd, end_mjd,"
      " center_ra_deg, center_dec_deg, imsize_x, imsize_y, cellsize_arcsec, noise_jy, freq_ghz,"
      " verdict, method, fingerprint, created_at) VALUES ('M', '/mosaics/M.fits', 'science', 1,"
      " 2, 1, 2, 0, 0, 9, 9, 3, 0.0005, 1.4, 'WARN', 'm', 'f', 0.5)");
  db_.execute("INSERT INTO mosaic_members VALUES ('M', 0, '" + anew + "', '/images/" + anew +
              "-image.fits', 1, 0.75), ('M', 1, '" + gone + "', '/gone.fits', 2, 0.25)");
  db_.execute(
      "INSERT INTO mosaic_qa (mosaic, verdict, reasons, n_reference, n_source, figures, gates,"
      " recorded_at) VALUES ('M', 'WARN', 'noise_ratio 1.7', 3, 4, '{}', '{\"gates\":"
      "{\"noise_ratio\":{\"value\":1.7,\"warn\":1.5,\"fail\":3,\"grade\":\"WARN\"}}}', 1)");
  const Json report = explain_mosaic(db_, "M");
  EXPECT_EQ(report["headline"]["text"],
            "M: mosaic of 2 tiles, WARN (noise_ratio 1.7), noise 0.500 mJy");
  ASSERT_EQ(report["members"].size(), 2U);
  EXPECT_EQ(report["members"][0]["now"], "imaged anew since");
  EXPECT_EQ(report["members"][1]["now"], "forgotten by the queue");
  EXPECT_DOUBLE_EQ(report["members"][0]["weight_share"], 0.75);
  EXPECT_EQ(report["quality"]["limits"][0]["figure"], "noise_ratio");
  EXPECT_DOUBLE_EQ(report["quality"]["limits"][0]["warn"], 1.5);
}

TEST_F(Explain, AQuestionIsOne) {
  EXPECT_THROW(why(settings, {"", "", "", false}), UsageError);
  EXPECT_THROW(why(settings, {"a", "s", "b", false}), UsageError);
  EXPECT_THROW(why(settings, {"", "s", "", false}), UsageError);
}

}  // namespace
}  // namespace contimg::report
