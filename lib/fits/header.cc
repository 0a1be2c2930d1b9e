// SPDX-License-Identifier: GPL-3.0-or-later
#include "fits/header.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "astro/constants.h"
#include "astro/epoch.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

namespace contimg::fits {
namespace {

constexpr int kMostAxes = 8;
constexpr std::size_t kHistoryLength = 72;
constexpr std::size_t kMostDigits = 18;  // of a whole number that always fits 64 bits

// Words with which a header begins, and those that Image has fields for or that describe a file as
// it lies there. BSCALE and BZERO are undone in reading.
constexpr const char* kNotKept[] = {
    "SIMPLE",   "BITPIX",   "NAXIS",   "EXTEND",   "BSCALE",   "BZERO",   "BLANK",    "BUNIT",
    "BTYPE",    "CTYPE",    "CRPIX",   "CRVAL",    "CDELT",    "CUNIT",   "CROTA",    "PC",
    "CD",       "PV",       "PS",      "LONPOLE",  "LATPOLE",  "RADESYS", "RADECSYS", "EQUINOX",
    "EPOCH",    "SPECSYS",  "RESTFRQ", "RESTFREQ", "BMAJ",     "BMIN",    "BPA",      "DATE",
    "DATE-OBS", "MJD-OBS",  "TIMESYS", "EXPTIME",  "TELESCOP", "OBJECT",  "ORIGIN",   "DATAMIN",
    "DATAMAX",  "CHECKSUM", "DATASUM", "LONGSTRN", "CONTINUE", "END",     "WCSAXES"};

// Cards that break the standard are not taken over: they could not be written again.
bool is_standard(const std::string& keyword) {
  return !keyword.empty() && keyword.size() <= 8 &&
         keyword.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == std::string::npos;
}

bool kept(const std::string& keyword) {
  std::string stem = keyword;
  const std::size_t digits = stem.find_first_of("0123456789");
  if (digits != std::string::npos) stem.resize(digits);
  return is_standard(keyword) &&
         std::find(std::begin(kNotKept), std::end(kNotKept), stem) == std::end(kNotKept);
}

// WSClean says JY/BEAM and JY/PIXEL.
std::string standard_unit(const std::string& unit) {
  const std::string lower = lowered(unit);
  for (const char* standard : {"Jy/beam", "Jy/pixel", "mJy/beam", "Jy", "mJy"}) {
    std::string candidate = standard;
    candidate[candidate.find('J')] = 'j';
    if (lower == candidate && (unit[0] == 'm') == (standard[0] == 'm')) return standard;
  }
  return unit;
}

std::vector<long> axes_of(const File& file, const std::string& path) {
  int status = 0, n_axis = 0, type = 0;
  std::array<long, kMostAxes> sizes = {};
  fits_get_img_param(file.raw(), kMostAxes, &type, &n_axis, sizes.data(), &status);
  file.check(status, "its header cannot be read");
  if (n_axis < 2 || n_axis > kMostAxes || sizes[0] < 1 || sizes[1] < 1)
    throw DataError(path + ": no image in its primary unit (" + std::to_string(n_axis) +
                    " axes), expected a FITS image");
  return {sizes.begin(), sizes.begin() + n_axis};
}

// Before room is made for pixels that a damaged header promises. Compressed files are left to
// CFITSIO.
void check_size(const File& file, const std::string& path, const Image& image) {
  std::ifstream bytes(path, std::ios::binary | std::ios::ate);
  const auto size = static_cast<double>(bytes.tellg());
  bytes.seekg(0);
  if (bytes.get() != 'S') return;
  int status = 0, bits = 0;
  LONGLONG header = 0, data = 0, end = 0;
  fits_get_hduaddrll(file.raw(), &header, &data, &end, &status);
  fits_get_img_type(file.raw(), &bits, &status);
  file.check(status, "its header cannot be read");
  const double wanted = static_cast<double>(data) + static_cast<double>(image.n_x) *
                                                        static_cast<double>(image.n_y) *
                                                        std::abs(bits) / 8.0;
  if (size >= wanted) return;
  char text[96];
  std::snprintf(text, sizeof text, ": cut short at %.0f bytes, expected %.0f or more", size,
                wanted);
  throw DataError(path + text);
}

void read_frequency(const File& file, Image& image, std::size_t n_axis) {
  for (std::size_t axis = 3; axis <= n_axis; ++axis) {
    const std::string n = std::to_string(axis);
    if (file.text("CTYPE" + n).compare(0, 4, "FREQ") != 0) continue;
    const auto value = file.number("CRVAL" + n), step = file.number("CDELT" + n);
    const double pixel = file.number("CRPIX" + n).value_or(1);
    if (!value) return;
    image.frequency_hz = *value + (1 - pixel) * step.value_or(0);
    if (step && *step > 0) image.bandwidth_hz = *step;
  }
}

void read_beam(const File& file, Image& image) {
  const auto major = file.number("BMAJ"), minor = file.number("BMIN");
  if (!major || !minor || *major <= 0 || *minor <= 0) return;
  image.beam = Beam{*major * astro::kDegree, *minor * astro::kDegree,
                    file.number("BPA").value_or(0) * astro::kDegree};
}

void read_times(const File& file, Image& image) {
  const auto start_mjd_s = astro::parse_stamp(file.text("DATE-OBS"));
  if (const auto start_mjd = file.number("MJD-OBS"))
    image.start_mjd = *start_mjd;
  else if (start_mjd_s)
    image.start_mjd = *start_mjd_s / kDay_s;
  image.duration_s = file.number("EXPTIME").value_or(0);
}

std::string in_quotes(const std::string& text) {
  std::string result = "'";
  for (const char letter : text) result += letter == '\'' ? "''" : std::string(1, letter);
  return result + "'";
}

// T, F, or a real number, with E where FITS allows D too; empty for all else (complex numbers, damage).
std::string logical_or_number(std::string value) {
  if (value == "T" || value == "F") return value;
  std::replace(value.begin(), value.end(), 'D', 'E');
  char* end = nullptr;
  const double number = std::strtod(value.c_str(), &end);
  return *end == '\0' && std::isfinite(number) ? value : "";
}

void read_cards(const File& file, Image& image) {
  int status = 0, n_card = 0;
  fits_get_hdrspace(file.raw(), &n_card, nullptr, &status);
  for (int i = 1; i <= n_card; ++i) {
    char keyword[FLEN_KEYWORD] = "", value[FLEN_VALUE] = "", comment[FLEN_COMMENT] = "";
    fits_read_keyn(file.raw(), i, keyword, value, comment, &status);
    if (status != 0) {
      // A card that breaks the standard: nothing of ours.
      status = 0;
      fits_clear_errmsg();
    } else if (std::string(keyword) == "HISTORY") {
      image.history.push_back(comment);
    } else if (value[0] == '\'' && kept(keyword)) {
      image.cards[keyword] = in_quotes(file.text(keyword));
    } else if (kept(keyword)) {
      const std::string word = logical_or_number(value);
      if (!word.empty()) image.cards[keyword] = word;
    }
  }
}

bool is_text(const std::string& value) {
  return value.size() >= 2 && value.front() == '\'' && value.back() == '\'';
}

std::string without_quotes(const std::string& value) {
  std::string result;
  for (std::size_t i = 1; i + 1 < value.size(); ++i) {
    result += value[i];
    if (value[i] == '\'') ++i;
  }
  return result;
}

void write_free_card(const File& file, const std::string& keyword, const std::string& value) {
  if (is_text(value)) return file.write(keyword, without_quotes(value), "");
  int status = 0;
  if (value == "T" || value == "F") {
    fits_update_key_log(file.raw(), keyword.c_str(), value == "T" ? 1 : 0, "", &status);
  } else if (value.find_first_not_of("+-0123456789") == std::string::npos && !value.empty() &&
             value.size() <= kMostDigits) {
    fits_update_key_lng(file.raw(), keyword.c_str(), std::stoll(value), "", &status);
  } else {
    return file.write(keyword, std::stod(value), "");
  }
  file.check(status, keyword + " cannot be written");
}

void write_axes(const File& file, const Image& image) {
  for (const Card& card : image.wcs.cards()) file.write(card);
  if (std::isfinite(image.frequency_hz)) {
    file.write("CTYPE3", "FREQ", "Middle of the band");
    file.write("CRPIX3", 1, "");
    file.write("CRVAL3", image.frequency_hz, "");
    file.write("CDELT3", std::isfinite(image.bandwidth_hz) ? image.bandwidth_hz : 1,
               "Width of the band");
    file.write("CUNIT3", "Hz", "");
    file.write("SPECSYS", "TOPOCENT", "");
    file.write("RESTFRQ", image.frequency_hz, "Continuum: the middle of the band");
  } else {
    // A plane of no frequency still has four axes, as readers of such images expect.
    file.write("CTYPE3", "PLANE", "");
    file.write("CRPIX3", 1, "");
    file.write("CRVAL3", 1, "");
    file.write("CDELT3", 1, "");
  }
  file.write("CTYPE4", "STOKES", "1 is I");
  file.write("CRPIX4", 1, "");
  file.write("CRVAL4", 1, "");
  file.write("CDELT4", 1, "");
}

void write_beam(const File& file, const Image& image) {
  if (!image.beam) return;
  file.write("BMAJ", image.beam->major_rad / astro::kDegree, "deg, restoring beam");
  file.write("BMIN", image.beam->minor_rad / astro::kDegree, "deg");
  file.write("BPA", image.beam->position_angle_rad / astro::kDegree, "deg, north through east");
}

void write_times(const File& file, const Image& image) {
  if (!std::isfinite(image.start_mjd)) return;
  file.write("TIMESYS", "UTC", "");
  file.write("DATE-OBS", astro::format_time(image.start_mjd * kDay_s), "Begin of the data");
  file.write("MJD-OBS", image.start_mjd, "The same as MJD");
  if (image.duration_s > 0) file.write("EXPTIME", image.duration_s, "s, to the end of the data");
}

}  // namespace

// Cards hold 72 letters of ASCII; what does not fit goes on, after a space, in the next one.
void write_history(const File& file, const std::vector<std::string>& history) {
  for (std::string line : history) {
    for (char& letter : line)
      if (letter < ' ' || letter > '~') letter = letter < 0 ? '?' : ' ';
    int status = 0;
    while (line.size() > kHistoryLength) {
      std::size_t cut = line.find_last_of(' ', kHistoryLength);
      if (cut == std::string::npos || cut < kHistoryLength / 2) cut = kHistoryLength;
      fits_write_history(file.raw(), line.substr(0, cut).c_str(), &status);
      line = "  " + line.substr(line[cut] == ' ' ? cut + 1 : cut);
    }
    fits_write_history(file.raw(), line.c_str(), &status);
    file.check(status, "HISTORY cannot be written");
  }
}

Image read_header(const File& file, const std::string& path) {
  const std::vector<long> axes = axes_of(file, path);
  Image image;
  image.n_x = static_cast<std::size_t>(axes[0]);
  image.n_y = static_cast<std::size_t>(axes[1]);
  check_size(file, path, image);
  image.wcs = Wcs::from_header(file.header(), path);
  read_frequency(file, image, axes.size());
  read_beam(file, image);
  read_times(file, image);
  image.unit = standard_unit(file.text("BUNIT"));
  image.object = file.text("OBJECT");
  image.telescope = file.text("TELESCOP");
  read_cards(file, image);
  return image;
}

void create_image(const File& file, const Image& image) {
  std::array<long, 4> axes = {static_cast<long>(image.n_x), static_cast<long>(image.n_y), 1, 1};
  int status = 0;
  fits_create_img(file.raw(), FLOAT_IMG, static_cast<int>(axes.size()), axes.data(), &status);
  file.check(status, "cannot be begun");
}

void Extrema::include(Span<const float> values) {
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    lowest = std::min(lowest, value);
    highest = std::max(highest, value);
  }
}

void blank_infinities(Span<float> pixels) {
  for (float& pixel : pixels)
    if (!std::isfinite(pixel)) pixel = std::numeric_limits<float>::quiet_NaN();
}

void write_extrema(const File& file, const Extrema& extrema) {
  if (extrema.lowest > extrema.highest) return;
  file.write("DATAMIN", static_cast<double>(extrema.lowest), "");
  file.write("DATAMAX", static_cast<double>(extrema.highest), "");
}

void write_header(const File& file, const Image& image, const Extrema& extrema) {
  if (!image.unit.empty()) file.write("BUNIT", image.unit, "");
  write_axes(file, image);
  write_beam(file, image);
  write_times(file, image);
  if (!image.telescope.empty()) file.write("TELESCOP", image.telescope, "");
  if (!image.object.empty()) file.write("OBJECT", image.object, "");
  file.write("ORIGIN", "contimg", "");
  file.write("DATE", astro::format_stamp(astro::mjd_s_from_unix_s(astro::now_unix_s())),
             "UTC, when this was written");
  write_extrema(file, extrema);
  for (const auto& [keyword, value] : image.cards) {
    if (!kept(keyword)) throw std::invalid_argument(keyword + " is no card to add");
    write_free_card(file, keyword, value);
  }
  write_history(file, image.history);
}

}  // namespace contimg::fits
