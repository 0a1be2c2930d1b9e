// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <complex>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/span.h"
#include "ms/description.h"

namespace contimg::ms {

/// The columns of MAIN that are known before any visibility is read. One element per row; rows
/// are in the order (TIME, DATA_DESC_ID, ANTENNA1, ANTENNA2).
struct RowKeys {
  std::vector<double> time_mjd_s;          ///< TIME and TIME_CENTROID, mid-integration.
  std::vector<double> integration_time_s;  ///< INTERVAL and EXPOSURE.
  std::vector<std::int32_t> antenna1, antenna2;
  std::vector<std::int32_t> data_description;
  std::vector<std::int32_t> field;
  std::vector<std::int32_t> scan;
  std::vector<double> uvw_m;  ///< [row, 3], r(ANTENNA1) - r(ANTENNA2)
};

/// A run of rows with their visibilities. All rows of one block have the same number of channels.
struct RowBlock {
  std::size_t first_row = 0;
  std::size_t n_row = 0;
  Span<const std::complex<float>> data;  ///< [row, channel, correlation]
  Span<const bool> flag;                 ///< [row, channel, correlation]
  Span<const float> weight;              ///< [row, correlation], 1 / (relative variance)
  Span<const bool> flag_row;             ///< [row]
};

/// Writes one Measurement Set (version 2, https://casa.nrao.edu/Memos/229.html) in the order
///
///     create (subtables, row keys)  ->  put blocks, in any order  ->  finish
///
/// After flush() the set on disk can be reopened by a later process and gone on with: all rows
/// exist from the beginning and blocks overwrite their own place only.
///
/// DATA and FLAG are tiled [correlation, all channels, 16 or more rows]. SIGMA = WEIGHT^-1/2, -1
/// where the weight is 0, as CASA has it. Not for two threads at once; casacore's errors become
/// DataError, a full disk TemporaryError.
class Writer {
 public:
  static Writer create(const std::string& path, const Description& description,
                       const RowKeys& keys);
  /// Opens what create() and flush() left.
  static Writer reopen(const std::string& path);
  ~Writer();
  Writer(Writer&&) noexcept;

  void put(const RowBlock& block);
  /// Weights that vary along a row, [row, channel, correlation], of rows that were put. The first
  /// call adds the column WEIGHT_SPECTRUM and fills all of it with each row's WEIGHT; from then on
  /// put() keeps it so.
  void put_weight_spectrum(const RowBlock& block, Span<const float> weight_spectrum);

  /// Gives everything to the filesystem.
  void flush();

 private:
  class Implementation;
  explicit Writer(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace contimg::ms
