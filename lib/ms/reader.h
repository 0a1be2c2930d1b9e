// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "ms/description.h"
#include "ms/writer.h"

namespace contimg::ms {

/// Rows of a Measurement Set in memory; the axes are those of RowBlock.
struct Rows {
  std::vector<std::complex<float>> data;  ///< [row, channel, correlation]
  std::unique_ptr<bool[]> flag;           ///< [row, channel, correlation]
  std::vector<float> weight, sigma;       ///< [row, correlation]
  std::unique_ptr<bool[]> flag_row;       ///< [row]
  std::vector<float> weight_spectrum;     ///< [row, channel, correlation]; empty without the column
};

/// Reads a Measurement Set whose DATA has one shape throughout, as ours have.
/// Throws DataError naming the path when it is not one, or a column is missing.
class Reader {
 public:
  explicit Reader(const std::string& path);
  ~Reader();
  Reader(Reader&&) noexcept;

  std::size_t n_row() const;
  /// Antennas, spectral windows, correlations, fields, observation. Not POINTING nor HISTORY.
  Description description() const;
  RowKeys keys() const;
  Rows rows(std::size_t first_row, std::size_t n_row) const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace contimg::ms
