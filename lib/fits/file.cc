// SPDX-License-Identifier: GPL-3.0-or-later
#include "fits/file.h"

#include <cerrno>
#include <cmath>
#include <utility>

#include "base/atomic_output.h"
#include "base/error.h"
#include "base/file_bytes.h"

namespace contimg::fits {
namespace {

constexpr int kDigits = 15;

std::string trouble(int status) {
  char text[FLEN_STATUS] = "";
  fits_get_errstatus(status, text);
  fits_clear_errmsg();
  return std::string(text) + " (CFITSIO " + std::to_string(status) + ")";
}

}  // namespace

File File::open(const std::string& path) {
  int status = 0;
  fitsfile* file = nullptr;
  errno = 0;
  fits_open_diskfile(&file, path.c_str(), READONLY, &status);
  if (status != 0) require_sound_disk(path);
  if (status == FILE_NOT_OPENED)
    throw DataError(path + ": cannot be opened, expected a FITS file that may be read");
  if (status != 0) throw DataError(path + ": " + trouble(status) + ", expected a FITS file");
  return File(file, path, false);
}

File File::create(const std::string& path, const std::string& shown) {
  remove_tree(path);
  int status = 0;
  fitsfile* file = nullptr;
  fits_create_diskfile(&file, path.c_str(), &status);
  if (status != 0)
    throw TemporaryError(shown + ": cannot be made, " + trouble(status) +
                         "; check the folder and the room on its disk");
  return File(file, shown, true);
}

File File::reopen(const std::string& path, const std::string& shown) {
  int status = 0;
  fitsfile* file = nullptr;
  fits_open_diskfile(&file, path.c_str(), READWRITE, &status);
  if (status != 0)
    throw TemporaryError(shown + ": cannot be finished, " + trouble(status) +
                         "; check the folder and the room on its disk");
  return File(file, shown, true);
}

File::~File() {
  int status = 0;
  if (file_ != nullptr) fits_close_file(file_, &status);
  if (status != 0) fits_clear_errmsg();
}

File::File(File&& other) noexcept
    : file_(std::exchange(other.file_, nullptr)),
      path_(std::move(other.path_)),
      writing_(other.writing_) {}

void File::check(int status, const std::string& what) const {
  if (status == 0) return;
  const std::string text = path_ + ": " + what + ", " + trouble(status);
  if (writing_) throw TemporaryError(text + "; check the room on its disk");
  require_sound_disk(path_);
  throw DataError(text + ", expected a whole FITS image");
}

void File::close() {
  int status = 0;
  fits_close_file(std::exchange(file_, nullptr), &status);
  check(status, "cannot be closed");
}

std::optional<double> File::number(const std::string& keyword) const {
  int status = errno = 0;
  double value = 0;
  fits_read_key(file_, TDOUBLE, keyword.c_str(), &value, nullptr, &status);
  fits_clear_errmsg();
  if (status != 0) require_sound_disk(path_);
  if (status != 0 || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::string File::text(const std::string& keyword) const {
  int status = errno = 0;
  char* value = nullptr;
  fits_read_key_longstr(file_, keyword.c_str(), &value, nullptr, &status);
  fits_clear_errmsg();
  if (status != 0) require_sound_disk(path_);
  const std::string result = status == 0 && value != nullptr ? value : "";
  int ignored = 0;
  if (value != nullptr) fits_free_memory(value, &ignored);
  const std::size_t end = result.find_last_not_of(' ');
  return end == std::string::npos ? "" : result.substr(0, end + 1);
}

std::string File::header() const {
  int status = 0, n_card = 0;
  char* cards = nullptr;
  fits_hdr2str(file_, 1, nullptr, 0, &cards, &n_card, &status);
  check(status, "its header cannot be read");
  const std::string result = cards;
  fits_free_memory(cards, &status);
  return result;
}

void File::write(const Card& card) const {
  if (const auto* value = std::get_if<double>(&card.value))
    write(card.keyword, *value, card.comment);
  else
    write(card.keyword, std::get<std::string>(card.value), card.comment);
}

void File::write(const std::string& keyword, const std::string& value,
                 const std::string& comment) const {
  int status = 0;
  fits_update_key_longstr(file_, keyword.c_str(), value.c_str(), comment.c_str(), &status);
  check(status, keyword + " cannot be written");
}

void File::write(const std::string& keyword, double value, const std::string& comment) const {
  if (!std::isfinite(value)) return;
  int status = 0;
  fits_update_key_dbl(file_, keyword.c_str(), value, -kDigits, comment.c_str(), &status);
  check(status, keyword + " cannot be written");
}

}  // namespace contimg::fits
