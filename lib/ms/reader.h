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

/// What is done about a set that a stage was changing when it was killed (ms/in_place.h).
enum class Unfinished { refuse, accept };

/// Reads a Measurement Set whose DATA has one shape throughout, as ours have.
/// Throws DataError naming the path when it is not one, a column is missing, or it is unfinished.
class Reader {
 public:
  explicit Reader(const std::string& path, Unfinished unfinished = Unfinished::refuse);
  ~Reader();
  Reader(Reader&&) noexcept;

  /// The stage that was changing the set when it was killed, or is doing so; empty: none.
  /// (ms/in_place.h, ms/change.h)
  std::string unfinished_stage() const;

  std::string path() const;  ///< Absolute.
  std::size_t n_row() const;
  std::size_t n_channel() const;      ///< Of a row.
  std::size_t n_correlation() const;  ///< Of a row.
  /// Antennas, spectral windows, correlations, fields, observation, pointings (those of the first
  /// antenna), is_calibrator. Not HISTORY.
  Description description() const;
  RowKeys keys() const;
  Rows rows(std::size_t first_row, std::size_t n_row) const;

  /// Fills memory of the caller's with one column of neighbouring rows, [row, channel,
  /// correlation]; as many rows as fit.
  void read_data(std::size_t first_row, Span<std::complex<float>> data) const;
  /// True where FLAG or FLAG_ROW is.
  void read_flags(std::size_t first_row, Span<bool> flags) const;
  /// CORRECTED_DATA, [row, channel, correlation].
  void read_corrected(std::size_t first_row, Span<std::complex<float>> corrected) const;
  /// MODEL_DATA, [row, channel, correlation].
  void read_model(std::size_t first_row, Span<std::complex<float>> model) const;
  /// A column like SIGMA, [row, correlation], or SIGMA_SPECTRUM, [row, channel, correlation].
  void read_floats(const char* column, std::size_t first_row, std::size_t n_row,
                   Span<float> values) const;
  bool has_column(const char* column) const;
  /// A keyword of MAIN that is a string; empty when there is none.
  std::string keyword(const char* name) const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace contimg::ms
