// SPDX-License-Identifier: GPL-3.0-or-later
#include "lightcurve/table.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "lightcurve/listing.h"
#include "made_curve.h"
#include "scratch.h"

namespace contimg::lightcurve {
namespace {

using Json = nlohmann::json;

Table small() {
  Table table;
  table.name = "small";
  table.columns = {{"name", "", "what it is called", ColumnType::text},
                   {"flux_jy", "Jy", "how bright", ColumnType::real},
                   {"n", "", "how many", ColumnType::whole},
                   {"good", "", "whether", ColumnType::truth}};
  table.rows = {{"a, \"b\"", "1.5", "3", "true"}, {"<c & d>", "", "-2", "false"}};
  table.facts = {{{"of", "", "whose", ColumnType::text}, "x & y"},
                 {{"mean_jy", "Jy", "mean", ColumnType::real}, "0.25"},
                 {{"std_jy", "Jy", "scatter", ColumnType::real}, ""}};
  return table;
}

TEST(Csv, QuotesWhatNeedsIt) {
  EXPECT_EQ(to_csv(small()),
            "name,flux_jy,n,good\n\"a, \"\"b\"\"\",1.5,3,true\n<c & d>,,-2,false\n");
}

TEST(JsonLines, KeepTypes) {
  EXPECT_EQ(to_json_lines(small()),
            "{\"name\":\"a, \\\"b\\\"\",\"flux_jy\":1.5,\"n\":3,\"good\":true}\n"
            "{\"name\":\"<c & d>\",\"flux_jy\":null,\"n\":-2,\"good\":false}\n");
  EXPECT_EQ(Json::parse(rows_as_json(small())).size(), 2u);
}

TEST(Text, LinesUp) {
  EXPECT_EQ(to_text(small()),
            "name     flux_jy   n   good\n"
            "a, \"b\"       1.5   3   true\n"
            "<c & d>        -  -2  false\n");
}

TEST(NumberText, HasNothingForWhatIsNoNumber) {
  EXPECT_EQ(number_text(0.125), "0.125");
  EXPECT_EQ(number_text(kUnknown), "");
  EXPECT_EQ(number_text(HUGE_VAL), "");
}

TEST(FlagWords, AreThoseOfTheMeasurements) {
  EXPECT_EQ(flag_words(0), "");
  EXPECT_EQ(flag_words(1 | 2 | 256), "edge blended unreliable");
  EXPECT_EQ(flag_words(4 | 8 | 16 | 32 | 64 | 128),
            "low_beam near_bright extended smeared poor_fit no_catalogue_flux");
}

TEST(PlaceText, RoundsWithoutSixties) {
  const double degree = astro::kPi / 180;
  EXPECT_EQ(place_text({343.7633333 * degree, 15.5033333 * degree}), "22:55:03.20 +15:30:12.0");
  EXPECT_EQ(place_text({0, -0.5 / 3600 * degree}), "00:00:00.00 -00:00:00.5");
  EXPECT_EQ(place_text({359.99999999 * degree, 9.99999999 * degree}), "00:00:00.00 +10:00:00.0");
  EXPECT_EQ(place_text({-15 * degree, -89.9999999 * degree}), "23:00:00.00 -90:00:00.0");
}

void expect_votable(const Table& table, const std::string& checks) {
  const std::string path = scratch("table.xml");
  std::ofstream(path) << to_votable(table);
  const Outcome outcome = made::python(
      "import warnings; warnings.simplefilter('error')\n"
      "from astropy.io.votable import parse\n"
      "votable = parse('" +
      path +
      "', verify='exception')\n"
      "t = votable.get_first_table(); p = {x.name: x.value for x in t.params}; a = t.array\n" +
      checks);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error_tail;
}

TEST(VoTable, OpensInAstropyWithoutWarnings) {
  expect_votable(small(),
                 "assert list(a['name']) == ['a, \"b\"', '<c & d>'], a['name']\n"
                 "assert a['flux_jy'][0] == 1.5 and a['flux_jy'].mask[1] or a['flux_jy'][1] != "
                 "a['flux_jy'][1]\n"
                 "assert list(a['n']) == [3, -2] and list(a['good']) == [True, False]\n"
                 "assert p == {'of': 'x & y', 'mean_jy': 0.25}, p\n");
}

TEST(VoTable, OfALightCurveHasItsPointsFiguresAndTimes) {
  const LightCurve curve = made::curve(40);
  std::size_t n_usable = 0;
  for (const CurvePoint& point : curve.points) n_usable += point.usable ? 1 : 0;
  expect_votable(curve_table(curve),
                 "assert len(a) == 40 and p['name'] == 'J2255+1530' and p['id'] == 17\n"
                 "assert p['n'] == sum(a['usable']) == " +
                     std::to_string(n_usable) +
                     "\nassert t.get_field_by_id_or_name('mjd').ref == 'utc'\n"
                     "assert t.get_field_by_id_or_name('flux_jy').unit == 'Jy'\n"
                     "assert abs(a['mjd'][1] - 61066.935) < 1e-8\n"
                     "assert a['date'][1] == '2026-01-26T22:26:24Z', a['date'][1]\n");
  expect_votable(source_table({{{made::source(), 1e-5}, curve.figures}}), "assert len(a) == 1\n");
  expect_votable(candidate_table(curve.candidates), "assert a['kind'][0] == 'ese'\n");
  expect_votable(field_table({}), "assert len(a) == 0 and len(t.fields) == 28, len(t.fields)\n");
}

TEST(CurveAsJson, HasSourceFiguresCandidatesAndPoints) {
  LightCurve curve = made::curve(40);
  const Json object = Json::parse(curve_as_json(curve));
  EXPECT_EQ(object["id"], 17);
  EXPECT_EQ(object["names"], Json({"J2255+1530", "B2253+152"}));
  EXPECT_EQ(object["normalised"], true);
  EXPECT_NEAR(object["ra_deg"], 343.7633333, 1e-7);
  EXPECT_NEAR(object["figures"]["eta"], curve.figures.eta, 1e-3 * curve.figures.eta);
  EXPECT_TRUE(object["figures"]["limit_sigma"].is_null());
  EXPECT_EQ(object["candidates"][0]["kind"], "ese");
  ASSERT_EQ(object["points"].size(), 40u);
  EXPECT_EQ(object["points"][10]["flags"], "edge near_bright");
  EXPECT_EQ(object["points"][10]["usable"], false);
  EXPECT_TRUE(object["points"][16]["flux_jy"].is_null());
  EXPECT_EQ(object["points"][16]["reason"], "the image is blank there");
  curve = {};
  EXPECT_TRUE(Json::parse(curve_as_json(curve))["points"].empty());
}

}  // namespace
}  // namespace contimg::lightcurve
