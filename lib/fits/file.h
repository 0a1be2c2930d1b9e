// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <fitsio.h>

#include <optional>
#include <string>
#include <vector>

#include "fits/wcs.h"

namespace contimg::fits {

/// An open FITS file; for the .cc files of this part only. Names are taken as they are: colons and
/// brackets, which fits_open_file() would obey, are letters.
class File {
 public:
  /// Opens for reading. Throws DataError naming the file when it is no FITS file.
  static File open(const std::string& path);
  /// Makes an empty one in the place of whatever is there. `shown` is the name that errors give.
  static File create(const std::string& path, const std::string& shown);
  /// Opens what create() made once more, to write into it.
  static File reopen(const std::string& path, const std::string& shown);
  ~File();
  File(File&& other) noexcept;
  File(const File&) = delete;

  fitsfile* raw() const { return file_; }
  /// Reports CFITSIO's trouble: DataError in a file that is read, TemporaryError in one that is
  /// written.
  void check(int status, const std::string& what) const;
  /// Closes; throws as check().
  void close();

  std::optional<double> number(const std::string& keyword) const;
  std::string text(const std::string& keyword) const;
  /// The header's cards of 80 characters without comments.
  std::string header() const;

  void write(const Card& card) const;
  void write(const std::string& keyword, const std::string& value,
             const std::string& comment) const;
  /// Nothing for a value that is not finite: FITS has no such numbers in headers.
  void write(const std::string& keyword, double value, const std::string& comment) const;

 private:
  File(fitsfile* file, std::string path, bool writing)
      : file_(file), path_(std::move(path)), writing_(writing) {}

  fitsfile* file_;
  std::string path_;
  bool writing_;
};

}  // namespace contimg::fits
