// SPDX-License-Identifier: GPL-3.0-or-later
#include "skymodel/catalogue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>

#include "astro/constants.h"
#include "astro/primary_beam.h"
#include "base/atomic_output.h"
#include "scratch.h"
#include "skymodel/catalogue_writer.h"
#include "skymodel/import_catalogue.h"

namespace contimg::skymodel {
namespace {

NewSource named(const std::string& name, double ra_deg, double dec_deg, double flux_jy) {
  NewSource entry;
  entry.source.name = name;
  entry.source.position = {ra_deg * astro::kDegree, dec_deg * astro::kDegree};
  BandFlux flux;
  flux.band = "20cm";
  flux.frequency_hz = 1.4e9;
  flux.flux_jy = flux_jy;
  entry.source.fluxes.push_back(flux);
  return entry;
}

std::string refusal(Catalogue& catalogue, const std::string& name) {
  try {
    catalogue.find(name);
  } catch (const NameError& error) {
    return error.what();
  }
  return "";
}

TEST(ConeSearch, FindsExactlyWhatASearchThroughAllFinds) {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> unit(0, 1);
  std::vector<NewSource> sources;
  for (int i = 0; i < 20000; ++i)
    sources.push_back(named(std::to_string(i), 360 * unit(random),
                            std::asin(2 * unit(random) - 1) / astro::kDegree, unit(random)));
  for (int i = 0; i < 500; ++i)  // many at the pole and at the seam
    sources.push_back(named("p" + std::to_string(i), 360 * unit(random), 90 - unit(random), 1));
  for (int i = 0; i < 500; ++i)
    sources.push_back(named("s" + std::to_string(i), std::fmod(359.9 + 0.2 * unit(random), 360.0),
                            unit(random), 1));
  const std::vector<NewSource> all = sources;
  const std::string path = scratch("cone.sqlite3");
  write_catalogue(path, sources, {}, true);
  Catalogue catalogue(path);
  EXPECT_EQ(catalogue.n_source(), 21000);
  const double places[][3] = {{0, 0.5, 1},   {359.99, 0.5, 0.3}, {0.01, 0.5, 0.3}, {120, 90, 2},
                              {10, 89.7, 1}, {200, -90, 5},      {77, -12, 10},    {180, 0, 0},
                              {33, 45, 179}, {0, 0, 180},        {250, 60, 95}};
  for (const auto& [ra, dec, radius] : places) {
    Cone cone;
    cone.centre = {ra * astro::kDegree, dec * astro::kDegree};
    cone.radius_rad = radius * astro::kDegree;
    std::multiset<std::string> expected, found;
    for (const NewSource& entry : all)
      if (astro::separation_rad(cone.centre, entry.source.position) <= cone.radius_rad)
        expected.insert(entry.source.name);
    double last = 0;
    for (const ConeMatch& match : catalogue.cone(cone)) {
      found.insert(match.source.name);
      EXPECT_GE(match.separation_rad, last);
      last = match.separation_rad;
    }
    EXPECT_EQ(found, expected) << ra << ' ' << dec << ' ' << radius;
  }
}

TEST(ConeSearch, OrdersByApparentFluxAndCutsThere) {
  std::vector<NewSource> sources = {named("far", 11.5, 0, 3), named("near", 10, 0, 1),
                                    named("none", 10.1, 0, std::nan(""))};
  const std::string path = scratch("order.sqlite3");
  write_catalogue(path, sources, {}, true);
  Catalogue catalogue(path);
  Cone cone;
  cone.centre = {10 * astro::kDegree, 0};
  cone.radius_rad = 3 * astro::kDegree;
  cone.frequency_hz = 1.4e9;
  cone.order = ConeOrder::flux;
  auto matches = catalogue.cone(cone);
  ASSERT_EQ(matches.size(), 3u);
  EXPECT_EQ(matches[0].source.name, "far");
  EXPECT_EQ(matches[2].source.name, "none");
  EXPECT_EQ(matches[2].flux.basis, FluxBasis::none);
  EXPECT_TRUE(std::isnan(matches[2].apparent_jy));
  cone.beam_diameter_m = 4.65;  // the response at 1.5 degrees is 0.41
  matches = catalogue.cone(cone);
  EXPECT_EQ(matches[0].source.name, "far");
  EXPECT_NEAR(matches[0].apparent_jy, 3 * astro::airy_power(1.5 * astro::kDegree, 1.4e9, 4.65),
              1e-12);
  cone.minimum_flux_jy = 1.1;
  cone.beam_diameter_m = 0;
  ASSERT_EQ(catalogue.cone(cone).size(), 1u);
  std::size_t n_unknown = 0;
  cone.minimum_flux_jy = 0;
  EXPECT_EQ(components_in(catalogue, cone, &n_unknown).size(), 2u);
  EXPECT_EQ(n_unknown, 1u);
}

TEST(CatalogueFile, IsReadFromAFolderThatCannotBeWritten) {
  const std::string folder = scratch("read only % ?#");
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  std::vector<NewSource> sources = {named("one", 1, 1, 1)};
  write_catalogue(folder + "/c.sqlite3", sources, {{"input", "x"}}, false);
  std::filesystem::permissions(folder, std::filesystem::perms(0500));
  Catalogue catalogue(folder + "/c.sqlite3");
  EXPECT_EQ(catalogue.find("ONE").fluxes.at(0).flux_jy, 1);
  EXPECT_EQ(catalogue.meta().at("input"), "x");
  std::filesystem::permissions(folder, std::filesystem::perms(0700));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
  EXPECT_THROW(write_catalogue(folder + "/c.sqlite3", sources, {}, false), ProductExists);
}

TEST(CatalogueFile, IsRefusedWhenItIsNone) {
  EXPECT_THROW(Catalogue(scratch("absent.sqlite3")), DataError);
  std::ofstream(scratch("text.sqlite3")) << "no database at all, but long enough to be looked at";
  EXPECT_THROW(Catalogue(scratch("text.sqlite3")), DataError);
  {
    std::filesystem::remove(scratch("other.sqlite3"));
    Database other(scratch("other.sqlite3"), Database::Mode::create, 0);
    other.execute("CREATE TABLE sources (id)");
  }
  EXPECT_THROW(Catalogue(scratch("other.sqlite3")), DataError);
}

TEST(Names, AreResolvedWholeAndTheOwnNameFirst) {
  std::vector<NewSource> sources = {named("1311+552", 197, 55, 1), named("1309+555", 198, 55, 1)};
  sources[1].aliases = {"1311+552", "J1", "both"};
  sources[0].aliases = {"both"};
  const std::string path = scratch("names.sqlite3");
  write_catalogue(path, sources, {}, true);
  Catalogue catalogue(path);
  EXPECT_EQ(catalogue.find("1311 + 552").name, "1311+552");
  EXPECT_EQ(catalogue.find("j1").name, "1309+555");
  EXPECT_NE(refusal(catalogue, "1311+55").find("no source '1311+55'"), std::string::npos);
  const std::string both = refusal(catalogue, "Both");
  EXPECT_NE(both.find("2 sources"), std::string::npos);
  EXPECT_NE(both.find("1311+552 at 13h08m"), std::string::npos);
  EXPECT_NE(both.find("1309+555 at 13h12m"), std::string::npos);
}

class VlaList : public testing::Test {
 protected:
  void SetUp() override {
    const char* given = std::getenv("CONTIMG_TEST_DATA");
    const std::string folder = given ? given : std::string(CONTIMG_SOURCE_DIR) + "/../shared/data";
    input_ = folder + "/catalogues/vlacalibrators.txt";
    if (!std::ifstream(input_)) GTEST_SKIP() << "no vlacalibrators.txt: set CONTIMG_TEST_DATA";
  }
  std::string imported() const {
    ImportOptions options;
    options.input = input_;
    options.output = scratch("vla.sqlite3");
    options.overwrite = true;
    return import_catalogue(options).path;
  }
  std::string input_;
};

TEST_F(VlaList, HasTheCountsOfTheSpecification) {
  const SourceList list = read_vla_list(input_);
  EXPECT_EQ(list.sources.size(), 1865u);
  EXPECT_EQ(list.n_numeric_flux, 5535u);
  EXPECT_EQ(list.n_bad, 0u) << (list.bad.empty() ? "" : list.bad[0]);
  std::size_t n_20cm = 0, n_bright = 0, n_positive = 0;
  for (const NewSource& entry : list.sources)
    for (const BandFlux& flux : entry.source.fluxes)
      if (flux.band == "20cm") {
        ++n_20cm;
        n_positive += flux.flux_jy > 0;
        n_bright += flux.flux_jy > 1;
      }
  EXPECT_EQ(n_20cm, 1042u);
  EXPECT_EQ(n_positive, 1041u - 13u);  // 13 are 0.00, which is no flux
  EXPECT_EQ(n_bright, 462u);
}

TEST_F(VlaList, ResolvesEveryKindOfName) {
  Catalogue catalogue(imported());
  for (const char* name : {"1331+305", "3C286", "3c 286", "J1331+3030", "1328+307", "B1328+307"})
    EXPECT_EQ(catalogue.find(name).name, "1331+305") << name;
  EXPECT_EQ(catalogue.find("3C454.3").name, "2253+161");
  EXPECT_EQ(catalogue.find("3C454.1").name, "2250+714");  // no POSREF before it
  EXPECT_NE(refusal(catalogue, "3C454").find("no source"), std::string::npos);
  EXPECT_NE(refusal(catalogue, "Aug01").find("no source"), std::string::npos);
  const std::string twice = refusal(catalogue, "0632+159");
  EXPECT_NE(twice.find("2 sources"), std::string::npos);
  EXPECT_NE(twice.find("0632+159#1 at 06h32m33.5153s"), std::string::npos);
  EXPECT_NEAR(catalogue.find("0632+159#2").position.ra_rad,
              (6 + (32 + 43.13553 / 60) / 60) * 15 * astro::kDegree, 1e-12);
  EXPECT_NE(refusal(catalogue, "JVAS").find("more"), std::string::npos);
}

TEST_F(VlaList, KeepsTheSignOfMinusZeroDegrees) {
  Catalogue catalogue(imported());
  // -00d04'24.086"
  EXPECT_NEAR(catalogue.find("0006-000").position.dec_rad, -(4 * 60 + 24.086) * astro::kArcsec,
              1e-12);
}

TEST_F(VlaList, GivesNoFluxWhereTheListHasNone) {
  Catalogue catalogue(imported());
  // Known at 0.7 cm only: the source that a default of 1 Jy once made a calibrator.
  const CatalogueSource far = catalogue.find("0001+192");
  EXPECT_EQ(far.flux_at(1.405e9).basis, FluxBasis::none_near);
  EXPECT_FALSE(component_at(far, 1.405e9));
  EXPECT_NEAR(catalogue.find("0834+555").flux_at(1.425e9).flux_jy, 8.8, 1e-9);
  // A primary has its polynomial, whatever the list says.
  EXPECT_FALSE(component_at(catalogue.find("3C286"), 1.405e9)->log_polynomial.empty());
}

}  // namespace
}  // namespace contimg::skymodel
