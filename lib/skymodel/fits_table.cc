// SPDX-License-Identifier: GPL-3.0-or-later
// A table of sources read from FITS, binary or ASCII, in blocks of rows.
#include <fitsio.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>

#include "base/error.h"
#include "base/file_bytes.h"
#include "base/text.h"
#include "skymodel/text_table.h"

namespace contimg::skymodel {
namespace {

constexpr long kBlock = 4096;  // rows read at once

class FitsTable : public TextTable {
 public:
  explicit FitsTable(const std::string& path) : path_(path) {
    int status = 0;
    fitsfile* file = nullptr;
    // The plain path: names with brackets or colons mean something else to fits_open_file().
    fits_open_diskfile(&file, path.c_str(), READONLY, &status);
    file_.reset(file);
    check(status);
    find_table();
    read_columns();
  }

  const std::vector<TextColumn>& columns() const override { return columns_; }

  void select(const std::vector<std::size_t>& wanted) override {
    wanted_ = wanted;
    for (const std::size_t column : wanted)
      if (repeat_[column] != 1)
        throw DataError(path_ + ": column '" + columns_[column].title + "' holds " +
                        std::to_string(repeat_[column]) + " values a row, expected one");
  }

  bool next(std::vector<std::string>& fields) override {
    if (row_ == n_row_) return false;
    if (row_ == block_begin_ + block_rows_) read_block();
    const auto at = static_cast<std::size_t>(row_ - block_begin_);
    fields.assign(columns_.size(), "");
    for (std::size_t i = 0; i < wanted_.size(); ++i) fields[wanted_[i]] = block_[i][at];
    ++row_;
    return true;
  }

  std::string place() const override { return "row " + std::to_string(row_); }

 private:
  struct Close {
    void operator()(fitsfile* file) const {
      int status = 0;
      fits_close_file(file, &status);
    }
  };

  void check(int status) const {
    if (status == 0) return;
    char text[FLEN_STATUS] = "";
    fits_get_errstatus(status, text);
    fits_clear_errmsg();
    require_sound_disk(path_);
    throw DataError(path_ + ": " + text + " (CFITSIO " + std::to_string(status) +
                    "), expected a FITS table");
  }

  void find_table() {
    int status = 0, n_hdu = 0, type = 0;
    fits_get_num_hdus(file_.get(), &n_hdu, &status);
    for (int hdu = 1; hdu <= n_hdu; ++hdu) {
      fits_movabs_hdu(file_.get(), hdu, &type, &status);
      check(status);
      if (type == BINARY_TBL || type == ASCII_TBL) return;
    }
    check(status);
    throw DataError(path_ + ": no table in this FITS file, expected a binary or ASCII table");
  }

  // Before room is made for rows that a damaged header promises. Compressed files are left to CFITSIO.
  void check_size() const {
    std::ifstream bytes(path_, std::ios::binary | std::ios::ate);
    const auto size = static_cast<double>(bytes.tellg());
    bytes.seekg(0);
    if (bytes.get() != 'S') return;
    int status = 0;
    LONGLONG begin = 0, data = 0, end = 0;
    long row_byte = 0;
    fits_get_hduaddrll(file_.get(), &begin, &data, &end, &status);
    fits_read_key(file_.get(), TLONG, "NAXIS1", &row_byte, nullptr, &status);
    check(status);
    const double wanted =
        static_cast<double>(data) + static_cast<double>(row_byte) * static_cast<double>(n_row_);
    if (!(row_byte > 0) || n_row_ < 0 || size < wanted)
      throw DataError(path_ + ": cut short, expected the " + std::to_string(n_row_) + " rows of " +
                      std::to_string(row_byte) + " bytes that its header promises");
  }

  void read_columns() {
    int status = 0, n_column = 0;
    fits_get_num_cols(file_.get(), &n_column, &status);
    fits_get_num_rows(file_.get(), &n_row_, &status);
    check(status);
    check_size();
    for (int column = 1; column <= n_column; ++column) {
      char title[FLEN_VALUE] = "", unit[FLEN_VALUE] = "";
      int type = 0;
      long repeat = 0, width = 0;
      fits_get_bcolparms(file_.get(), column, title, unit, nullptr, &repeat, nullptr, nullptr,
                         nullptr, nullptr, &status);
      if (status == NOT_BTABLE) {
        status = 0;
        fits_get_acolparms(file_.get(), column, title, nullptr, unit, nullptr, nullptr, nullptr,
                           nullptr, nullptr, &status);
      }
      fits_get_eqcoltype(file_.get(), column, &type, &repeat, &width, &status);
      check(status);
      columns_.push_back({trimmed(title), trimmed(unit)});
      type_.push_back(type);
      // A text of several words ("20A5") is several values.
      repeat_.push_back(type == TSTRING && width > 0 ? std::max(repeat / width, 1L) : repeat);
      width_.push_back(type == TSTRING ? std::max(repeat, width) : width);
    }
  }

  void read_block() {
    block_begin_ = row_;
    block_rows_ = std::min(kBlock, static_cast<long>(n_row_ - row_));
    block_.assign(wanted_.size(), {});
    for (std::size_t i = 0; i < wanted_.size(); ++i)
      block_[i] = type_[wanted_[i]] == TSTRING ? strings(wanted_[i]) : numbers(wanted_[i]);
  }

  std::vector<std::string> strings(std::size_t column) {
    const auto n = static_cast<std::size_t>(block_rows_);
    const auto width = static_cast<std::size_t>(width_[column]) + 1;
    std::vector<char> text(n * width);
    std::vector<char*> rows;
    for (std::size_t i = 0; i < n; ++i) rows.push_back(&text[i * width]);
    char none[] = "";
    int status = 0, any_null = 0;
    fits_read_col(file_.get(), TSTRING, static_cast<int>(column) + 1, block_begin_ + 1, 1,
                  block_rows_, none, rows.data(), &any_null, &status);
    check(status);
    std::vector<std::string> values;
    for (const char* row : rows) values.push_back(trimmed(row));
    return values;
  }

  std::vector<std::string> numbers(std::size_t column) {
    std::vector<double> read(static_cast<std::size_t>(block_rows_));
    double none = std::nan("");
    int status = 0, any_null = 0;
    fits_read_col(file_.get(), TDOUBLE, static_cast<int>(column) + 1, block_begin_ + 1, 1,
                  block_rows_, &none, read.data(), &any_null, &status);
    check(status);
    std::vector<std::string> values;
    for (const double value : read) {
      std::array<char, 32> text{};
      if (!std::isnan(value)) std::snprintf(text.data(), text.size(), "%.17g", value);
      values.emplace_back(text.data());
    }
    return values;
  }

  std::string path_;
  std::unique_ptr<fitsfile, Close> file_;
  std::vector<TextColumn> columns_;
  std::vector<int> type_;
  std::vector<long> repeat_, width_;
  std::vector<std::size_t> wanted_;
  long n_row_ = 0, row_ = 0, block_begin_ = 0, block_rows_ = 0;
  std::vector<std::vector<std::string>> block_;  // [wanted column][row of block]
};

}  // namespace

std::unique_ptr<TextTable> open_fits_table(const std::string& path) {
  return std::make_unique<FitsTable>(path);
}

}  // namespace contimg::skymodel
