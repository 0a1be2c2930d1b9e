// SPDX-License-Identifier: GPL-3.0-or-later
#include "fits/image.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <boost/filesystem.hpp>
#include <cmath>
#include <cstdlib>
#include <fstream>

#include "astro/constants.h"
#include "base/error.h"
#include "fits/box_reader.h"

namespace contimg::fits {
namespace {
namespace fs = boost::filesystem;

constexpr float kBlank = std::numeric_limits<float>::quiet_NaN();
constexpr int kMissing = 77;

class ImageFile : public testing::Test {
 protected:
  ImageFile() { fs::create_directories(folder_); }
  ~ImageFile() override { fs::remove_all(folder_); }

  static Image made(const astro::Direction& centre) {
    Image image;
    image.n_x = 30;
    image.n_y = 20;
    image.pixels.assign(image.n_x * image.n_y, 0.25f);
    image.at(3, 5) = -1.5f;
    image.at(4, 5) = kBlank;
    image.wcs = Wcs::orthographic(centre, image.n_x, image.n_y, 400 * astro::kArcsec);
    image.beam = Beam{30 * astro::kArcsec, 20 * astro::kArcsec, -10 * astro::kDegree};
    image.unit = "Jy/beam";
    image.frequency_hz = 1.405e9;
    image.bandwidth_hz = 187.5e6;
    image.object = "2026-01-25T22:26:05";
    image.telescope = "DSA_110";
    image.start_mjd = 61065.93477;
    image.duration_s = 309.2;
    image.cards = {{"CALSET",
                    "'it''s a set of a rather long name, longer than a card of FITS can"
                    " hold, which goes on'"},
                   {"SCIENCE", "F"},
                   {"SMEARMAX", "0.0093"},
                   {"NSOURCE", "12"},
                   {"NOTHING", "nan"}};
    image.history = {"image-ms 1.0",
                     "argv " + std::string(150, 'x') + " and some words after \xc3\xa9 that"};
    return image;
  }

  void write_text(const std::string& text) const { std::ofstream(path_) << text; }
  std::string failure() const {
    try {
      read_image(path_);
    } catch (const DataError& error) {
      return error.what();
    }
    return "";
  }
  // A header of WSClean 3.1, with what is there changed.
  void write_header(const std::vector<std::string>& cards, std::size_t n_data) const {
    std::string text;
    for (std::string card : cards) {
      card.resize(80, ' ');
      text += card;
    }
    text += "END";
    text.resize((text.size() + 2879) / 2880 * 2880, ' ');
    text.resize(text.size() + n_data, '\0');
    write_text(text);
  }

  std::string folder_ = (fs::temp_directory_path() / fs::unique_path("fits-%%%%%%%%")).string();
  std::string path_ = folder_ + "/2026-01-25T22:26:05-image[1:2].fits";
};

const std::vector<std::string> kWscleanCards = {
    "SIMPLE  =                    T / file does conform to FITS standard",
    "BITPIX  =                  -32 / number of bits per data pixel",
    "NAXIS   =                    4 / number of data axes",
    "NAXIS1  =                    8 / length of data axis 1",
    "NAXIS2  =                    6 / length of data axis 2",
    "NAXIS3  =                    1 / length of data axis 3",
    "NAXIS4  =                    1 / length of data axis 4",
    "EXTEND  =                    T / FITS dataset may contain extensions",
    "COMMENT   FITS (Flexible Image Transport System) format is defined in 'Astronomy",
    "BSCALE  =                   1.",
    "BZERO   =                   0.",
    "BUNIT   = 'JY/BEAM '           / Units are in Jansky per beam",
    "BMAJ    =  0.00351936227533123",
    "BMIN    =  0.00301936227533123",
    "BPA     =      -12.74193548387",
    "EQUINOX =                2000. / J2000",
    "BTYPE   = 'Intensity'",
    "TELESCOP= 'DSA_110 '",
    "OBSERVER= '        '",
    "OBJECT  = 'field   '",
    "ORIGIN  = 'WSClean '           / W-stacking imager written by Andre Offringa",
    "CTYPE1  = 'RA---SIN'           / Right ascension angle cosine",
    "CRPIX1  =                   5.",
    "CRVAL1  =                 -0.5",
    "CDELT1  = -0.00111111111111111",
    "CUNIT1  = 'deg     '",
    "CTYPE2  = 'DEC--SIN'           / Declination angle cosine",
    "CRPIX2  =                   4.",
    "CRVAL2  =                 16.5",
    "CDELT2  =  0.00111111111111111",
    "CUNIT2  = 'deg     '",
    "CTYPE3  = 'FREQ    '           / Central frequency",
    "CRPIX3  =                   1.",
    "CRVAL3  =        1405002441.41",
    "CDELT3  =            187500000.",
    "CUNIT3  = 'Hz      '",
    "CTYPE4  = 'STOKES  '",
    "CRPIX4  =                   1.",
    "CRVAL4  =                   1.",
    "CDELT4  =                   1.",
    "CUNIT4  = '        '",
    "SPECSYS = 'TOPOCENT'",
    "DATE-OBS= '2026-01-25T22:26:05.9'",
    "WSCNITER=                1000.",
    "HISTORY wsclean -size 8 6"};

std::vector<std::string> without(std::vector<std::string> cards, const std::string& keyword) {
  for (auto card = cards.begin(); card != cards.end();)
    card = card->compare(0, keyword.size(), keyword) == 0 ? cards.erase(card) : card + 1;
  return cards;
}

TEST_F(ImageFile, IsReadAsItWasWritten) {
  const Image image = made({6.2, 0.3});
  write_image(path_, image);
  const Image back = read_image(path_);
  EXPECT_EQ(back.n_x, 30u);
  EXPECT_EQ(back.n_y, 20u);
  EXPECT_EQ(back.at(3, 5), -1.5f);
  EXPECT_TRUE(std::isnan(back.at(4, 5)));
  EXPECT_EQ(back.at(29, 19), 0.25f);
  ASSERT_TRUE(back.beam);
  EXPECT_NEAR(back.beam->major_rad, 30 * astro::kArcsec, 1e-15);
  EXPECT_NEAR(back.beam->minor_rad, 20 * astro::kArcsec, 1e-15);
  EXPECT_NEAR(back.beam->position_angle_rad, -10 * astro::kDegree, 1e-12);
  EXPECT_EQ(back.unit, "Jy/beam");
  EXPECT_DOUBLE_EQ(back.frequency_hz, 1.405e9);
  EXPECT_DOUBLE_EQ(back.bandwidth_hz, 187.5e6);
  EXPECT_EQ(back.object, image.object);
  EXPECT_EQ(back.telescope, "DSA_110");
  EXPECT_NEAR(back.start_mjd, image.start_mjd, 1e-9);
  EXPECT_DOUBLE_EQ(back.duration_s, 309.2);
  EXPECT_EQ(back.cards.at("SCIENCE"), "F");
  EXPECT_EQ(back.cards.at("NSOURCE"), "12");
  EXPECT_DOUBLE_EQ(std::stod(back.cards.at("SMEARMAX")), 0.0093);
  EXPECT_EQ(back.cards.at("CALSET"), image.cards.at("CALSET"));
  EXPECT_EQ(back.cards.size(), 4u) << "no number that is none";
  EXPECT_EQ(back.history.front(), "image-ms 1.0");
  EXPECT_NEAR(back.wcs.centre().ra_rad, 6.2, 1e-12);
  EXPECT_NEAR(back.wcs.pixel_rad(), 400 * astro::kArcsec, 1e-12);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

TEST_F(ImageFile, WrittenTwiceFromWhatWasReadIsTheSame) {
  write_image(path_, made({1, -0.2}));
  Image back = read_image(path_);
  write_image(path_, back);
  const Image again = read_image(path_);
  EXPECT_EQ(again.cards, back.cards);
  EXPECT_EQ(again.history, back.history);
  EXPECT_EQ(again.unit, back.unit);
}

TEST_F(ImageFile, AstropyReadsItWithoutWarningAndFindsTheSamePlaces) {
  for (const astro::Direction centre : {astro::Direction{0.001, 0.6}, astro::Direction{6.28, -0.5},
                                        astro::Direction{3, 1.55}, astro::Direction{1, 0}}) {
    const Image image = made(centre);
    write_image(path_, image);
    std::ofstream places(folder_ + "/places");
    places.precision(16);
    for (std::size_t y = 0; y < image.n_y; ++y)
      for (std::size_t x = 0; x < image.n_x; ++x) {
        const Pixel pixel{static_cast<double>(x) + 0.25, static_cast<double>(y)};
        const auto place = image.wcs.direction_at(pixel);
        ASSERT_TRUE(place);
        EXPECT_GE(place->ra_rad, 0);
        places << pixel.x << ' ' << pixel.y << ' ' << place->ra_rad / astro::kDegree << ' '
               << place->dec_rad / astro::kDegree << '\n';
        const auto back = image.wcs.pixel_of(*place);
        ASSERT_TRUE(back);
        EXPECT_NEAR(back->x, pixel.x, 1e-7);
        EXPECT_NEAR(back->y, pixel.y, 1e-7);
      }
    places.close();
    const int status =
        std::system(("/usr/bin/python3 " CONTIMG_SOURCE_DIR "/tests/witness/fits_image.py '" +
                     path_ + "' < '" + folder_ + "/places'")
                        .c_str());
    if (WEXITSTATUS(status) == kMissing) GTEST_SKIP() << "python3-astropy is not installed";
    ASSERT_EQ(status, 0);
  }
}

TEST_F(ImageFile, OfWscleanIsRead) {
  write_header(kWscleanCards, 2880);
  const Image image = read_image(path_);
  EXPECT_EQ(image.n_x, 8u);
  EXPECT_EQ(image.n_y, 6u);
  EXPECT_EQ(image.unit, "Jy/beam");
  EXPECT_EQ(image.telescope, "DSA_110");
  EXPECT_NEAR(image.wcs.centre().ra_rad / astro::kDegree, 359.5, 1e-9) << "CRVAL1 is -0.5";
  const auto middle = image.wcs.pixel_of(image.wcs.centre());
  ASSERT_TRUE(middle);
  EXPECT_NEAR(middle->x, 4, 1e-9);
  EXPECT_NEAR(middle->y, 3, 1e-9);
  EXPECT_NEAR(image.start_mjd, 61065 + (22 * 3600 + 26 * 60 + 5.9) / 86400, 1e-8);
  EXPECT_EQ(image.cards.count("WSCNITER"), 1u);
  EXPECT_EQ(image.cards.count("BSCALE"), 0u);
  ASSERT_EQ(image.history.size(), 1u);
}

TEST_F(ImageFile, WithoutBeamUnitFrequencyLeavesThemEmpty) {
  std::vector<std::string> cards = kWscleanCards;
  for (const char* keyword : {"BMAJ", "BMIN", "BPA", "BUNIT", "DATE-OBS", "CTYPE3"})
    cards = without(cards, keyword);
  write_header(cards, 2880);
  const Image image = read_image(path_);
  EXPECT_FALSE(image.beam);
  EXPECT_EQ(image.unit, "");
  EXPECT_TRUE(std::isnan(image.frequency_hz));
  EXPECT_TRUE(std::isnan(image.start_mjd));
}

TEST_F(ImageFile, ABeamThatIsNoNumberIsNone) {
  std::vector<std::string> cards = without(kWscleanCards, "BMAJ");
  cards.push_back("BMAJ    =                  nan");
  write_header(cards, 2880);
  EXPECT_FALSE(read_image(path_).beam);
}

TEST_F(ImageFile, ThatIsBrokenIsRefusedByName) {
  EXPECT_NE(failure().find(path_ + ": cannot be opened"), std::string::npos) << failure();
  write_text("this is no FITS file at all\n");
  EXPECT_NE(failure().find("expected a FITS file"), std::string::npos) << failure();
  write_text("");
  EXPECT_NE(failure().find("expected a FITS file"), std::string::npos) << failure();
  write_header(kWscleanCards, 20);
  EXPECT_NE(failure().find("cut short at 5"), std::string::npos) << failure();
  std::vector<std::string> huge = kWscleanCards;
  huge[3] = "NAXIS1  =         200000000000";
  huge[4] = "NAXIS2  =         200000000000";
  write_header(huge, 2880);
  EXPECT_NE(failure().find(path_), std::string::npos) << failure();
  write_header(without(without(kWscleanCards, "CTYPE1"), "CTYPE2"), 2880);
  EXPECT_NE(failure().find("expected right ascension and declination"), std::string::npos)
      << failure();
  write_header({kWscleanCards[0], kWscleanCards[1], "NAXIS   =                    0"}, 0);
  EXPECT_NE(failure().find("no image in its primary unit"), std::string::npos) << failure();
}

// wcslib reads such a text on into the cards that follow, past the end of its place.
TEST_F(ImageFile, WithATextThatIsNotClosedIsReadWithoutIt) {
  std::vector<std::string> cards = without(kWscleanCards, "DATE-OBS");
  cards.push_back("DATE-OBS= '2026-01-25T22                    T / conforms to FITS standard");
  for (int i = 0; i < 8; ++i) cards.push_back("BITPIX  =                  -32 / array data type");
  cards.push_back("COMMENT 'it''s open");
  write_header(cards, 2880);
  EXPECT_TRUE(std::isnan(read_image(path_).start_mjd));
  EXPECT_TRUE(read_image(path_).wcs.direction_at({0, 0}));
}

// Found by fuzzing: wcslib wrote past its axes, and crashed later.
TEST_F(ImageFile, WithALetterBeyondAsciiIsReadWithoutThatCard) {
  std::vector<std::string> cards = kWscleanCards;
  cards.insert(cards.end() - 1, "CRVAL\xb1  =                180.0");
  write_header(cards, 2880);
  const auto place = read_image(path_).wcs.centre();
  write_header(kWscleanCards, 2880);
  EXPECT_EQ(place.ra_rad, read_image(path_).wcs.centre().ra_rad);
}

// Found by fuzzing: wcslib made a matrix for all of them.
TEST_F(ImageFile, WithMoreAxesThanAHeaderMayHaveIsReadWithoutThatCard) {
  for (const char* card : {"WCSAXES =                99999", "WCSAXESB=99999"}) {
    std::vector<std::string> cards = kWscleanCards;
    cards.insert(cards.end() - 1, card);
    write_header(cards, 2880);
    EXPECT_TRUE(read_image(path_).wcs.direction_at({0, 0})) << card;
  }
}

// Found by fuzzing: it was infinite, and could not be written again as it was.
TEST_F(ImageFile, WithAPixelThatNoFloatCanHoldIsBlankThere) {
  std::vector<std::string> cards = kWscleanCards;
  cards[1] = "BITPIX  =                  -64";
  write_header(cards, 2880);
  std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(-2880, std::ios::end);
  file.write("\x7e\x37\xe4\x3c\x88\x00\x75\x9c", 8);  // 1e300
  file.close();
  EXPECT_TRUE(std::isnan(read_image(path_).pixels[0]));
  EXPECT_EQ(read_image(path_).pixels[1], 0);
  EXPECT_TRUE(std::isnan(BoxReader(path_).read({0, 0, 1, 1})[0]));
}

// Found by fuzzing: what could be read could not be written again.
TEST_F(ImageFile, WithCardsThatBreakTheStandardIsReadWithoutThem) {
  std::vector<std::string> cards = kWscleanCards;
  cards.insert(cards.end(), {"TIMES   =                  +-+", "PAIR    =               (1, 2)",
                             "lower   =                    3", "HIERARCH RAD//ESYS x = 'FK5'",
                             "DOUBLE  =               1.5D+3", "LONG    = 99999999999999999999"});
  write_header(cards, 2880);
  Image image = read_image(path_);
  for (const char* keyword : {"TIMES", "PAIR", "lower"}) EXPECT_EQ(image.cards.count(keyword), 0u);
  EXPECT_EQ(std::stod(image.cards.at("DOUBLE")), 1500);
  write_image(path_, image);
  EXPECT_EQ(std::stod(read_image(path_).cards.at("DOUBLE")), 1500);
  EXPECT_EQ(std::stod(read_image(path_).cards.at("LONG")), 1e20);
}

TEST_F(ImageFile, OfAnotherFrameIsRefused) {
  std::vector<std::string> cards = without(kWscleanCards, "EQUINOX");
  cards.push_back("EQUINOX =                1950.");
  write_header(cards, 2880);
  EXPECT_NE(failure().find("expected ICRS"), std::string::npos) << failure();
  cards = without(without(kWscleanCards, "CTYPE1"), "CTYPE2");
  cards.push_back("CTYPE1  = 'GLON-SIN'");
  cards.push_back("CTYPE2  = 'GLAT-SIN'");
  write_header(cards, 2880);
  EXPECT_NE(failure().find("GLON"), std::string::npos) << failure();
}

TEST_F(ImageFile, AllBlankIsWrittenAndRead) {
  Image image = made({1, 0.5});
  image.pixels.assign(image.pixels.size(), kBlank);
  write_image(path_, image);
  for (const float value : read_image(path_).pixels) EXPECT_TRUE(std::isnan(value));
}

TEST_F(ImageFile, ThatCannotBeWrittenLeavesTheOldOne) {
  write_image(path_, made({1, 0.5}));
  Image wrong = made({1, 0.5});
  wrong.cards["BUNIT"] = "'K'";
  EXPECT_THROW(write_image(path_, wrong), std::invalid_argument);
  EXPECT_EQ(read_image(path_).unit, "Jy/beam");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

TEST(WcsOrthographic, FarSideOfTheSkyIsNowhere) {
  const Wcs wcs = Wcs::orthographic({1, 0.5}, 100, 100, 1e-3);
  EXPECT_FALSE(wcs.pixel_of({1 + astro::kPi, -0.5}));
  EXPECT_FALSE(wcs.direction_at({5000, 5000}));
  EXPECT_FALSE(Wcs().pixel_of({1, 0.5}));
}

// l = cos d sin(ra - ra0), m = sin d cos d0 - cos d sin d0 cos(ra - ra0), of any orthographic image.
TEST(WcsOrthographic, AgreesWithTheClosedForm) {
  const double ra0 = 6.2, dec0 = 0.3, pixel = 1e-5;
  const Wcs wcs = Wcs::orthographic({ra0, dec0}, 4800, 4801, pixel);
  const astro::Direction place{0.02, 0.31};
  const double turn = place.ra_rad - ra0;
  const double l = std::cos(place.dec_rad) * std::sin(turn);
  const double m = std::sin(place.dec_rad) * std::cos(dec0) -
                   std::cos(place.dec_rad) * std::sin(dec0) * std::cos(turn);
  const auto found = wcs.pixel_of(place);
  ASSERT_TRUE(found);
  EXPECT_NEAR(found->x, 2400 - l / pixel, 1e-6);
  EXPECT_NEAR(found->y, 2400 + m / pixel, 1e-6);
}

TEST(Wcs, CopiesAreIndependent) {
  Wcs first = Wcs::orthographic({1, 0.5}, 100, 100, 1e-3);
  const Wcs second = first;
  first = Wcs::orthographic({2, 0.5}, 100, 100, 1e-3);
  EXPECT_NEAR(second.centre().ra_rad, 1, 1e-12);
  ASSERT_TRUE(second.pixel_of({1, 0.5}));
  EXPECT_NEAR(second.pixel_of({1, 0.5})->x, 50, 1e-9);
}

TEST(Beam, AreaIsTheIntegralOfTheGaussian) {
  const Beam beam{0.3, 0.2, 0.4};
  double sum = 0;
  const double step = 0.005;
  const double factor = 4 * std::log(2.0);
  for (double x = -1; x < 1; x += step)
    for (double y = -1; y < 1; y += step)
      sum += std::exp(-factor * (x * x / 0.09 + y * y / 0.04)) * step * step;
  EXPECT_NEAR(beam.area_sr(), sum, 1e-6);
}

}  // namespace
}  // namespace contimg::fits
