// SPDX-License-Identifier: GPL-3.0-or-later
#include "astro/earth_orientation.h"

#include <erfa.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <iomanip>
#include <iterator>
#include <locale>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>

#include "astro/constants.h"
#include "astro/epoch.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file_bytes.h"

namespace contimg::astro {
namespace {

using Row = EarthOrientation::Row;

struct CompactRow {
  std::int32_t ut1_utc_10us;
  std::int16_t x_mas, y_mas;
};

#include "astro/earth_orientation_table.inc"

constexpr std::size_t kNodes = 4;          // of the cubic
constexpr double kLargestUt1Utc_s = 1;     // by the rule of leap seconds: 0.9
constexpr double kLargestPole_arcsec = 1;  // since 1846: 0.6
// The length of a day has stayed within 5 ms of 86400 s since 1900. A table whose UT1-TAI moves
// faster has a wrong digit, or a leap second that ERFA has not heard of.
constexpr double kLargestDayExcess_s = 0.01;
// A cubic over more than that is none of the Earth's; the IERS gives every day, our own table every fifth.
constexpr double kLargestGap_days = 100;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::optional<double> number(std::string_view text) {  // not strtod: that follows the locale
  text = trimmed(text);
  double value = 0;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// Where a row came from, for messages.
struct Place {
  const std::string& path;
  std::size_t line;
};

[[noreturn]] void reject(const Place& place, const std::string& what) {
  throw DataError(place.path + ": line " + std::to_string(place.line) + ": " + what);
}

std::istringstream opened(const std::string& path) {
  const auto text = file_bytes(path);
  if (!text)
    throw DataError(path + ": cannot be opened, expected a readable Earth-orientation table");
  return std::istringstream(*text);
}

double ut1_tai_s(double mjd, double ut1_utc_s) { return ut1_utc_s - tai_minus_utc_s(mjd * kDay_s); }

// Throws unless `row` may follow `rows`.
void check_row(const std::vector<Row>& rows, const Row& row, const Place& place) {
  if (row.mjd < 41317 || row.mjd > 100000) {  // leap seconds began on 1972-01-01
    reject(place, "MJD " + std::to_string(row.mjd) + ", expected 41317 to 100000");
  }
  if (std::abs(row.ut1_utc_s) > kLargestUt1Utc_s) {
    reject(place, "UT1-UTC " + std::to_string(row.ut1_utc_s) + " s, expected -1 to 1");
  }
  if (std::max(std::abs(row.x_arcsec), std::abs(row.y_arcsec)) > kLargestPole_arcsec) {
    reject(place, "pole more than 1 arcsec from its origin, expected polar motion in arcsec");
  }
  if (rows.empty()) return;
  const Row& last = rows.back();
  if (row.mjd <= last.mjd) {
    reject(place, "MJD " + std::to_string(row.mjd) + ", expected dates that ascend");
  }
  if (row.mjd - last.mjd > kLargestGap_days) {
    reject(place, "no rows for " + std::to_string(row.mjd - last.mjd) +
                      " days, expected at most 100 between two; fetch the file again");
  }
  if (row.measured && !last.measured) {
    reject(place, "measured (I) after predicted (P), expected all measured rows first");
  }
  const double change_s = ut1_tai_s(row.mjd, row.ut1_utc_s) - ut1_tai_s(last.mjd, last.ut1_utc_s);
  if (std::abs(change_s) > kLargestDayExcess_s * (row.mjd - last.mjd)) {
    reject(place, "UT1-TAI jumps by " + std::to_string(change_s) +
                      " s, expected under 0.01 s a day; if a new leap second was announced, "
                      "update the ERFA library, else fetch the file again");
  }
}

// Reads a line of our own table; nothing from a comment or an empty line.
std::optional<Row> table_row(std::string_view text, const Place& place) {
  std::vector<std::string_view> words;
  for (std::string_view rest = trimmed(text); !rest.empty() && rest[0] != '#';) {
    const auto end = std::min(rest.find_first_of(" \t"), rest.size());
    words.push_back(rest.substr(0, end));
    rest = trimmed(rest.substr(end));
  }
  if (words.empty()) return std::nullopt;
  if (words.size() == 5 && (words[4] == "I" || words[4] == "P")) {
    const auto mjd = number(words[0]);
    const auto x = number(words[1]);
    const auto y = number(words[2]);
    const auto ut1_utc = number(words[3]);
    if (mjd && x && y && ut1_utc) return Row{*mjd, *x, *y, *ut1_utc, words[4] == "I"};
  }
  reject(place, "'" + std::string(text.substr(0, 60)) + "', expected 'MJD x_p y_p UT1-UTC I|P'");
}

// Reads a line of finals2000A (Bulletin A, columns as its ReadMe counts them); nothing if it has
// but a date.
std::optional<Row> finals_row(std::string text, const Place& place) {
  text.resize(std::max<std::size_t>(text.size(), 68), ' ');
  const auto column = [&text](std::size_t first, std::size_t last) {
    return std::string_view(text).substr(first - 1, last - first + 1);
  };
  const auto known = [](char flag) { return flag == 'I' || flag == 'P'; };
  const auto mjd = number(column(8, 15));
  if (!mjd) reject(place, "no MJD in columns 8-15, expected an IERS finals2000A file");
  if (trimmed(column(17, 68)).empty()) return std::nullopt;
  const auto x = number(column(19, 27));
  const auto y = number(column(38, 46));
  const auto ut1_utc = number(column(59, 68));
  const char pole_flag = text[17 - 1];
  const char ut1_flag = text[58 - 1];
  if (!x || !y || !ut1_utc || !known(pole_flag) || !known(ut1_flag)) {
    reject(place,
           "polar motion or UT1-UTC is missing or not a number, expected the fixed columns of "
           "IERS finals2000A");
  }
  return Row{*mjd, *x, *y, *ut1_utc, pole_flag == 'I' && ut1_flag == 'I'};
}

void require_enough(const std::vector<Row>& rows, const std::string& path) {
  if (rows.size() < kNodes || !rows.front().measured) {
    throw DataError(path + ": " + std::to_string(rows.size()) +
                    " rows of Earth orientation, expected at least 4, the first of them measured");
  }
}

}  // namespace

double tai_minus_utc_s(double time_mjd_s) {
  if (!std::isfinite(time_mjd_s)) throw DataError("MJD NaN or infinite: not a date");
  const double mjd = std::floor(time_mjd_s / kDay_s);
  int year = 0, month = 0, day = 0;
  double fraction = 0;
  double difference_s = 0;
  if (eraJd2cal(kJdOfMjd0, mjd, &year, &month, &day, &fraction) != 0 ||
      eraDat(year, month, day, time_mjd_s / kDay_s - mjd, &difference_s) < 0) {
    throw DataError("MJD " + std::to_string(mjd) + ": not a date, expected one since 1960");
  }
  return difference_s;
}

EarthOrientation::EarthOrientation(std::vector<Row> rows, const std::string& source)
    : rows_(std::move(rows)), source_(source) {
  description_ = source + ", measured to " + format_date(last_measured_mjd() * kDay_s) +
                 ", predicted to " + format_date(last_mjd() * kDay_s);
}

EarthOrientation EarthOrientation::built_in() {
  std::vector<Row> rows;
  for (const CompactRow& compact : kCompactRows) {
    const double mjd = kFirstMjd + kStepDays * static_cast<double>(rows.size());
    rows.push_back({mjd, 1e-3 * compact.x_mas, 1e-3 * compact.y_mas, 1e-5 * compact.ut1_utc_10us,
                    mjd <= kLastMeasuredMjd});
  }
  return EarthOrientation(std::move(rows), "built-in table");
}

EarthOrientation EarthOrientation::load(const std::string& path) {
  std::istringstream file = opened(path);
  std::vector<Row> rows;
  std::string source = file_name(path);
  std::string text;
  const std::string source_mark = "# source: ";
  for (std::size_t line = 1; std::getline(file, text); ++line) {
    const Place place = {path, line};
    if (text.compare(0, source_mark.size(), source_mark) == 0) {
      source += " from " + text.substr(source_mark.size());
    }
    const auto row = table_row(text, place);
    if (!row) continue;
    check_row(rows, *row, place);
    rows.push_back(*row);
  }
  require_enough(rows, path);
  return EarthOrientation(std::move(rows), source);
}

EarthOrientation EarthOrientation::from_finals2000a(const std::string& path) {
  std::istringstream file = opened(path);
  std::vector<Row> rows;
  std::string text;
  std::size_t first_blank_line = 0;
  for (std::size_t line = 1; std::getline(file, text); ++line) {
    const Place place = {path, line};
    if (trimmed(text).empty()) continue;
    const auto row = finals_row(text, place);
    if (!row) {  // after the last prediction the file goes on with dates alone
      if (first_blank_line == 0) first_blank_line = line;
      continue;
    }
    if (first_blank_line != 0) {
      reject({path, first_blank_line},
             "no values although later lines have some, expected none missing; fetch it again");
    }
    check_row(rows, *row, place);
    rows.push_back(*row);
  }
  require_enough(rows, path);
  return EarthOrientation(std::move(rows), file_name(path));
}

Orientation EarthOrientation::at(double time_mjd_s) const {
  const double mjd = std::clamp(time_mjd_s / kDay_s, first_mjd(), last_mjd());
  const auto after = std::upper_bound(rows_.begin(), rows_.end(), mjd,
                                      [](double value, const Row& row) { return value < row.mjd; });
  // Four rows around the moment, shifted inwards at the ends.
  const auto n_before = static_cast<std::size_t>(after - rows_.begin());
  const std::size_t first = std::min(n_before < 2 ? 0 : n_before - 2, rows_.size() - kNodes);
  double ut1_tai = 0, x_arcsec = 0, y_arcsec = 0;
  for (std::size_t i = first; i < first + kNodes; ++i) {
    double weight = 1;  // Lagrange
    for (std::size_t j = first; j < first + kNodes; ++j) {
      if (j != i) weight *= (mjd - rows_[j].mjd) / (rows_[i].mjd - rows_[j].mjd);
    }
    ut1_tai += weight * ut1_tai_s(rows_[i].mjd, rows_[i].ut1_utc_s);
    x_arcsec += weight * rows_[i].x_arcsec;
    y_arcsec += weight * rows_[i].y_arcsec;
  }
  return {ut1_tai + tai_minus_utc_s(mjd * kDay_s), x_arcsec * kArcsec, y_arcsec * kArcsec};
}

bool EarthOrientation::covers(double time_mjd_s) const {
  const double mjd = time_mjd_s / kDay_s;
  return mjd >= first_mjd() && mjd <= last_mjd();
}

double EarthOrientation::first_mjd() const { return rows_.front().mjd; }

double EarthOrientation::last_mjd() const { return rows_.back().mjd; }

double EarthOrientation::last_measured_mjd() const {
  const auto predicted =
      std::find_if(rows_.begin(), rows_.end(), [](const Row& row) { return !row.measured; });
  return std::prev(predicted)->mjd;
}

void EarthOrientation::save(const std::string& path) const {
  std::ofstream file(path);
  file.imbue(std::locale::classic());
  file << "# Earth orientation, docs/formats/earth-orientation.md\n"
       << "# source: " << source_ << "\n"
       << "# MJD x_p[arcsec] y_p[arcsec] UT1-UTC[s] I=measured|P=predicted\n"
       << std::fixed;
  for (const Row& row : rows_) {
    file << std::setprecision(2) << row.mjd << std::setprecision(6) << ' ' << row.x_arcsec << ' '
         << row.y_arcsec << std::setprecision(7) << ' ' << row.ut1_utc_s << ' '
         << (row.measured ? 'I' : 'P') << '\n';
  }
  file.flush();
  if (!file) throw TemporaryError(path + ": cannot be written, expected room and permission");
}

}  // namespace contimg::astro
