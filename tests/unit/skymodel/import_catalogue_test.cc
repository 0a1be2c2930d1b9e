// SPDX-License-Identifier: GPL-3.0-or-later
#include "skymodel/import_catalogue.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "astro/constants.h"
#include "scratch.h"
#include "skymodel/catalogue.h"

namespace contimg::skymodel {
namespace {

ImportOptions options_for(const std::string& text, const std::string& preset = "") {
  ImportOptions options;
  options.input = scratch("list.txt");
  options.output = scratch("list.sqlite3");
  options.overwrite = true;
  options.columns.preset = preset;
  std::ofstream(options.input) << text;
  return options;
}

std::string refusal(const ImportOptions& options) {
  try {
    import_catalogue(options);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(ImportCsv, TakesOurOwnListsWithoutOptions) {
  const auto options = options_for(
      "name,ra_deg,dec_deg,flux_jy,spectral_index,reference_frequency_hz\n"
      "a,359.5,-20,1.5,-0.7,1.3e9\nb,0.5,75,,,\n");
  auto unknown = options;
  EXPECT_TRUE(says(refusal(unknown), "frequency is not positive"));
  unknown.columns.frequency_hz = 1.4e9;  // for those that have none
  EXPECT_EQ(import_catalogue(unknown).n_source, 2u);
  Catalogue catalogue(unknown.output);
  EXPECT_NEAR(catalogue.find("a").flux_at(2.6e9).flux_jy, 1.5 * std::pow(2, -0.7), 1e-9);
  EXPECT_EQ(catalogue.find("b").flux_at(1.4e9).basis, FluxBasis::none);
}

TEST(ImportCsv, TakesSexagesimalPlacesAndSurveyTitles) {
  const auto options = options_for(
      "# VizieR\nNVSS\tRAJ2000\tDEJ2000\tS1.4\te_S1.4\n"
      "000000+132312\t00 00 00.62\t+13 23 12.0\t5.4\t0.5\n"
      "\"000001-002412\"\t00 00 01.01\t-00 24 12.5\t2500\t70\n",
      "nvss");
  EXPECT_EQ(import_catalogue(options).n_source, 2u);
  Catalogue catalogue(options.output);
  const CatalogueSource source = catalogue.find("NVSS J000001-002412");
  EXPECT_EQ(catalogue.find("000001-002412").id, source.id);
  EXPECT_NEAR(source.position.ra_rad, 1.01 / 240 * astro::kDegree, 1e-14);
  EXPECT_NEAR(source.position.dec_rad, -(24 * 60 + 12.5) * astro::kArcsec, 1e-14);
  EXPECT_NEAR(source.flux_at(1.4e9).flux_jy, 2.5, 1e-12);
  EXPECT_NEAR(source.fluxes[0].error_jy, 0.07, 1e-12);
}

TEST(ImportCsv, NamesTheColumnsThatThereAre) {
  auto options = options_for("id,alpha0,delta,S\nx,1,2,3\n");
  EXPECT_TRUE(says(refusal(options), "no column for"));
  EXPECT_TRUE(says(refusal(options), "id, alpha0, delta, S"));
  options.columns.columns = {{"ra", "alpha0"}, {"dec", "delta"}, {"flux", "S2"}};
  EXPECT_TRUE(says(refusal(options), "no column 'S2' for flux; the columns are id, alpha0"));
  options.columns.columns["flux"] = "S";
  EXPECT_TRUE(says(refusal(options), "has no unit that is known"));
  options.columns.units = {{"flux", "mJy"}};
  EXPECT_TRUE(says(refusal(options), "--frequency-hz"));
  options.columns.frequency_hz = 1.4e9;
  EXPECT_EQ(import_catalogue(options).n_source, 1u);
  options.columns.units["flux"] = "pounds";
  EXPECT_THROW(import_catalogue(options), UsageError);
  options.columns.units = {{"colour", "Jy"}};
  EXPECT_THROW(import_catalogue(options), UsageError);
}

TEST(ImportCsv, RefusesRightAscensionInHours) {
  auto options = options_for("name,ra,dec,flux_jy\na,0.5,1,1\nb,12.1,2,1\nc,23.4,3,1\n");
  options.columns.frequency_hz = 1.4e9;
  EXPECT_TRUE(says(refusal(options), "looks like hours"));
  EXPECT_TRUE(says(refusal(options), "--unit ra=hours"));
  options.columns.units = {{"ra", "hours"}};
  import_catalogue(options);
  EXPECT_NEAR(Catalogue(options.output).find("b").position.ra_rad, 181.5 * astro::kDegree, 1e-12);
  options.columns.units = {{"ra", "deg"}};
  import_catalogue(options);
  EXPECT_NEAR(Catalogue(options.output).find("b").position.ra_rad, 12.1 * astro::kDegree, 1e-12);
  options.columns.units.clear();
  std::ofstream(options.input) << "name,ra_hours,dec,flux_jy\na,0.5,1,1\n";
  options.columns.columns = {{"ra", "ra_hours"}};
  EXPECT_TRUE(says(refusal(options), "in hours by its unit or title"));
}

TEST(ImportCsv, LetsNoColumnPlayTwoRolesUnasked) {
  auto options = options_for("source,spindex,delta,S,e_flux\nx,200,2,3,0.1\n");
  options.columns.columns = {{"ra", "spindex"}, {"dec", "delta"}, {"flux", "S"}};
  options.columns.units = {{"flux", "Jy"}, {"flux-error", "mJy"}};
  options.columns.frequency_hz = 1.4e9;
  import_catalogue(options);
  const CatalogueSource source = Catalogue(options.output).find("x");
  EXPECT_NEAR(source.position.ra_rad, 200 * astro::kDegree, 1e-12);
  EXPECT_TRUE(std::isnan(source.spectral_index));
  EXPECT_NEAR(source.fluxes.at(0).error_jy, 1e-4, 1e-15);
}

TEST(ImportCsv, CountsBadRowsAndRefusesTooMany) {
  std::string text = "name,ra_deg,dec_deg,flux_jy\n";
  for (int i = 0; i < 300; ++i)
    text += "s" + std::to_string(i) + "," + std::to_string(i) + ",5,1\n";
  text += "far,10,95,1\nwords,ten,5,1\n";
  auto options = options_for(text);
  options.columns.frequency_hz = 1.4e9;
  const ImportedCatalogue result = import_catalogue(options);
  EXPECT_EQ(result.n_source, 300u);
  EXPECT_EQ(result.list.n_bad, 2u);
  ASSERT_EQ(result.list.bad.size(), 2u);
  EXPECT_EQ(result.list.bad[0], "line 302: dec is '95', outside -90 to 90 degrees");
  EXPECT_TRUE(says(result.list.bad[1], "line 303: ra is 'ten'"));
  std::ofstream(options.input, std::ios::app) << "a,b\nc,d,e,f\n";
  EXPECT_TRUE(says(refusal(options), "4 of 304 rows cannot be used"));
  EXPECT_TRUE(says(refusal(options), "line 304: 2 fields, expected 4"));
}

TEST(ImportCsv, PassesOverNamesWithControlCharacters) {
  auto options = options_for("name,ra_deg,dec_deg,flux_jy\na\x1b[2J,1,1,1\nb,2,1,1\n");
  options.columns.frequency_hz = 1.4e9;
  options.max_bad_share = 0.5;
  const ImportedCatalogue result = import_catalogue(options);
  EXPECT_EQ(result.n_source, 1u);
  ASSERT_EQ(result.list.bad.size(), 1u);
  EXPECT_EQ(result.list.bad[0], "line 2: name holds control characters");
}

TEST(ImportVla, PassesOverNamesWithControlCharacters) {
  auto options = options_for(
      "IAU NAME EQUINOX\n0001\x1b[2J J2000 A 00h01m08.6s 19d14'33.8\"\n20cm L P P P P 1.5\n"
      "0002+192 J2000 A 00h02m08.6s 19d14'33.8\"\n20cm L P P P P 2.5\n");
  options.format = "vla";
  options.max_bad_share = 0.9;
  const ImportedCatalogue result = import_catalogue(options);
  EXPECT_EQ(result.n_source, 1u);
  EXPECT_TRUE(says(result.list.bad.at(0), "line 2: holds control characters"));
  EXPECT_EQ(Catalogue(options.output).find("0002+192").fluxes.at(0).flux_jy, 2.5);
}

TEST(ImportCsv, RefusesWhatIsEmpty) {
  EXPECT_TRUE(says(refusal(options_for("")), "empty"));
  auto options = options_for("name,ra_deg,dec_deg,flux_jy\n");
  options.columns.frequency_hz = 1.4e9;
  EXPECT_TRUE(says(refusal(options), "no usable source in 0 rows"));
}

TEST(ImportVotable, ReadsTabledataAndRefusesBinary) {
  const std::string head =
      "<?xml version='1.0'?><VOTABLE version='1.4' xmlns='http://www.ivoa.net/xml/VOTable/v1.3'>"
      "<RESOURCE><TABLE><FIELD name='id' datatype='char' arraysize='*'/>"
      "<FIELD name='ra' unit='deg' datatype='double'/><FIELD name='dec' unit='deg'/>"
      "<FIELD name='flux' unit='mJy' datatype='float'/><DATA>";
  auto options = options_for(head +
                             "<TABLEDATA><TR><TD>a &amp; b</TD><TD>10.5</TD><TD>-0.25</TD>"
                             "<TD>1500</TD></TR><TR><TD>c</TD><TD>350</TD><TD>1</TD><TD/></TR>"
                             "</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>");
  options.columns.frequency_hz = 1.4e9;
  const ImportedCatalogue result = import_catalogue(options);
  EXPECT_EQ(result.n_source, 2u);
  EXPECT_EQ(result.list.n_without_flux, 1u);
  EXPECT_NEAR(Catalogue(options.output).find("A&B").flux_at(1.4e9).flux_jy, 1.5, 1e-12);
  std::ofstream(options.input) << head << "<BINARY><STREAM encoding='base64'>AAAA</STREAM></BINARY>"
                               << "</DATA></TABLE></RESOURCE></VOTABLE>";
  EXPECT_TRUE(says(refusal(options), "its data are BINARY"));
  std::ofstream(options.input) << head << "<TABLEDATA><TR><TD>a</TD>";
  EXPECT_TRUE(says(refusal(options), "no element found"));
}

TEST(ImportAgain, ChangesNothing) {
  auto options = options_for("name,ra_deg,dec_deg,flux_jy\na,1,2,3\n");
  options.columns.frequency_hz = 1.4e9;
  import_catalogue(options);
  options.overwrite = false;
  EXPECT_FALSE(import_catalogue(options).changed);
  options.columns.frequency_hz = 1.5e9;
  EXPECT_TRUE(says(refusal(options), "--overwrite"));
}

}  // namespace
}  // namespace contimg::skymodel
