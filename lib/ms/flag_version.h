// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>

#include "base/span.h"

/// Flags of a Measurement Set kept under a name, in `<set>/FLAG_VERSIONS/<name>.bits`
/// (docs/formats/measurement-set.md): a stage that flags starts from those that were there before
/// it ran first, so that running it again gives the same.
namespace contimg::ms {

/// Shape of FLAG.
struct FlagShape {
  std::size_t n_row = 0, n_channel = 0, n_correlation = 0;
  std::size_t row_size() const { return n_channel * n_correlation; }
};

bool has_flag_version(const std::string& set_path, const std::string& name);
/// Forgets a version; one that is not there is no error.
void remove_flag_version(const std::string& set_path, const std::string& name);

/// Writes a version; under its name it is whole. Rows are put in order.
class FlagVersionWriter {
 public:
  FlagVersionWriter(const std::string& set_path, const std::string& name, const FlagShape& shape);
  /// Given: some rows' flags, [row, channel, correlation].
  void put(Span<const bool> flags);
  /// Makes it durable and gives it its name. Throws TemporaryError.
  void finish();

 private:
  std::string path_;
  FlagShape shape_;
  std::string bits_;
};

/// Reads a version.
class FlagVersionReader {
 public:
  /// Throws DataError when the version is not there, damaged, or of another shape.
  FlagVersionReader(const std::string& set_path, const std::string& name, const FlagShape& shape);
  /// Fills the flags of rows, [row, channel, correlation].
  void read(std::size_t first_row, Span<bool> flags) const;

 private:
  FlagShape shape_;
  std::string bits_;
};

}  // namespace contimg::ms
