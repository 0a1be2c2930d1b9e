// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <complex>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/hdf5.h"

namespace contimg::subband {

/// Reads one dataset of /Data row by row, [row, channel, polarisation], whatever its storage.
///
/// Rows come from blocks as tall as the stored chunks, and the last block is kept: reading rows
/// in order reads each byte once. Uncompressed chunks are read as they lie in the file, because
/// HDF5's own scattering of the correlator's small chunks is slow (spec 1.3); compressed,
/// contiguous or converted data go through H5Dread. Accepts [Nblts, 1, Nfreqs, Npols] and
/// [Nblts, Nfreqs, Npols].
///
/// One object serves one thread at a time; several may read one file at once.
template <typename T>
class RowReader {
 public:
  /// Throws DataError when the dataset is missing, of another shape, or not convertible to T.
  RowReader(const hdf5::File& file, const std::string& name, std::size_t n_row,
            std::size_t n_channel, std::size_t n_polarization);

  /// The values of one row, [channel, polarisation]; valid until the next call. Throws DataError
  /// when the file is truncated or changed under us.
  const T* row(std::size_t row);
  /// The value that all elements of the row's block share, when the stored bytes show it at a
  /// glance; then row() need not be called.
  std::optional<T> constant(std::size_t row);

  std::uint64_t bytes_read() const { return bytes_read_; }
  double seconds_reading() const { return seconds_reading_; }

 private:
  bool is_plain() const;
  void load(std::size_t block);
  void load_chunks(std::size_t block);
  void load_through_hdf5(std::size_t block);
  void read_chunk(std::size_t block, std::size_t channel_chunk, std::size_t polarization_chunk,
                  char* bytes);
  void scatter(const T* chunk, std::size_t n_row, std::size_t channel, std::size_t polarization);

  hdf5::Dataset dataset_;
  hdf5::Handle memory_type_;
  std::size_t n_row_, n_channel_, n_polarization_;
  std::size_t block_rows_ = 256, chunk_channels_ = 0, chunk_polarizations_ = 0;
  bool plain_ = false;            // stored as T in unfiltered chunks: read as they lie
  std::size_t block_ = SIZE_MAX;  // which block values_ holds
  std::optional<T> constant_;
  std::vector<T> values_;  // [row of block, channel, polarisation]
  std::vector<char> bytes_;
  std::uint64_t bytes_read_ = 0;
  double seconds_reading_ = 0;
};

extern template class RowReader<std::complex<float>>;  ///< visdata
extern template class RowReader<std::int8_t>;          ///< flags: not 0 is bad
extern template class RowReader<float>;                ///< nsamples

}  // namespace contimg::subband
