// SPDX-License-Identifier: GPL-3.0-or-later
#include "subband/row_reader.h"

#include <algorithm>
#include <cstring>

#include "base/clock.h"
#include "base/error.h"

namespace contimg::subband {
namespace {

hdf5::Handle memory_type_for(const hdf5::Dataset&, const std::complex<float>*) {
  return hdf5::complex64_type();
}

hdf5::Handle memory_type_for(const hdf5::Dataset&, const float*) {
  return hdf5::Handle(H5Tcopy(H5T_NATIVE_FLOAT));
}

// Enumerations and booleans of one byte are read as they are: any bit set means flagged.
hdf5::Handle memory_type_for(const hdf5::Dataset& dataset, const std::int8_t*) {
  hdf5::Handle stored = dataset.type();
  const H5T_class_t kind = H5Tget_class(stored.get());
  const bool byte = H5Tget_size(stored.get()) == 1;
  if (byte && (kind == H5T_ENUM || kind == H5T_INTEGER || kind == H5T_BITFIELD)) return stored;
  if (kind != H5T_INTEGER)
    throw DataError(dataset.label() + " has another type, expected booleans or integers");
  return hdf5::Handle(H5Tcopy(H5T_NATIVE_INT8));
}

template <typename T>
bool all_equal(const T* values, std::size_t n) {
  return std::memcmp(values, values + 1, (n - 1) * sizeof(T)) == 0;
}

}  // namespace

template <typename T>
RowReader<T>::RowReader(const hdf5::File& file, const std::string& name, std::size_t n_row,
                        std::size_t n_channel, std::size_t n_polarization)
    : dataset_(file.dataset(name)),
      memory_type_(memory_type_for(dataset_, static_cast<const T*>(nullptr))),
      n_row_(n_row),
      n_channel_(n_channel),
      n_polarization_(n_polarization) {
  const hdf5::Shape& shape = dataset_.shape();
  const bool old_style = shape == hdf5::Shape{n_row, 1, n_channel, n_polarization};
  if (!old_style && shape != hdf5::Shape{n_row, n_channel, n_polarization})
    throw DataError(dataset_.label() + " has another shape, expected [" + std::to_string(n_row) +
                    ", (1,) " + std::to_string(n_channel) + ", " + std::to_string(n_polarization) +
                    "] as the header says");
  const hdf5::Shape chunk = dataset_.chunk_shape();
  if (!chunk.empty()) {
    block_rows_ = chunk[0];
    chunk_channels_ = chunk[chunk.size() - 2];
    chunk_polarizations_ = chunk.back();
    plain_ = is_plain() && block_rows_ <= n_row_;
    if (plain_) bytes_.resize(block_rows_ * chunk_channels_ * chunk_polarizations_ * sizeof(T));
  }
  block_rows_ = std::max<std::size_t>(1, std::min(block_rows_, n_row_));
  values_.resize(block_rows_ * n_channel_ * n_polarization_);
}

template <typename T>
bool RowReader<T>::is_plain() const {
  const hdf5::Handle stored = dataset_.type();
  return !dataset_.has_filters() && H5Tget_size(stored.get()) == sizeof(T) &&
         H5Tequal(stored.get(), memory_type_.get()) > 0;
}

template <typename T>
const T* RowReader<T>::row(std::size_t row) {
  load(row / block_rows_);
  if (constant_) {
    std::fill(values_.begin(), values_.end(), *constant_);
    constant_.reset();
  }
  return values_.data() + (row % block_rows_) * n_channel_ * n_polarization_;
}

template <typename T>
std::optional<T> RowReader<T>::constant(std::size_t row) {
  load(row / block_rows_);
  return constant_;
}

template <typename T>
void RowReader<T>::load(std::size_t block) {
  if (block == block_) return;
  const auto begin = Clock::now();
  block_ = SIZE_MAX;
  constant_.reset();
  if (plain_)
    load_chunks(block);
  else
    load_through_hdf5(block);
  block_ = block;
  seconds_reading_ += seconds_since(begin);
}

// While every chunk so far holds one and the same value nothing is scattered; the first that
// does not fills the block with what was seen and scattering begins. Visibilities never are
// constant, so the look is not wasted on them.
template <typename T>
void RowReader<T>::load_chunks(std::size_t block) {
  constexpr bool may_be_constant = !std::is_same_v<T, std::complex<float>>;
  const T* chunk = reinterpret_cast<const T*>(bytes_.data());
  const std::size_t rows = std::min(block_rows_, n_row_ - block * block_rows_);
  const std::size_t n_value = bytes_.size() / sizeof(T);
  bool scattering = false;
  std::optional<T> value;
  for (std::size_t c = 0; c < n_channel_; c += chunk_channels_) {
    for (std::size_t p = 0; p < n_polarization_; p += chunk_polarizations_) {
      read_chunk(block, c, p, bytes_.data());
      if (may_be_constant && !scattering) {
        if (all_equal(chunk, n_value) && (!value || std::memcmp(&*value, chunk, sizeof(T)) == 0)) {
          value = chunk[0];
          continue;
        }
        if (value) std::fill(values_.begin(), values_.end(), *value);
      }
      scattering = true;
      scatter(chunk, rows, c, p);
    }
  }
  if (!scattering) constant_ = value;
}

template <typename T>
void RowReader<T>::read_chunk(std::size_t block, std::size_t channel, std::size_t polarization,
                              char* bytes) {
  hdf5::Shape start(dataset_.shape().size(), 0);
  start[0] = block * block_rows_;
  start[start.size() - 2] = channel;
  start.back() = polarization;
  if (dataset_.read_chunk(start, bytes, bytes_.size())) {
    bytes_read_ += bytes_.size();
  } else {
    const std::vector<char> fill = dataset_.fill_value();
    for (std::size_t i = 0; i < bytes_.size(); i += fill.size())
      std::copy(fill.begin(), fill.end(), bytes + i);
  }
}

template <typename T>
void RowReader<T>::scatter(const T* chunk, std::size_t n_row, std::size_t channel,
                           std::size_t polarization) {
  const std::size_t channels = std::min(chunk_channels_, n_channel_ - channel);
  const std::size_t polarizations = std::min(chunk_polarizations_, n_polarization_ - polarization);
  for (std::size_t r = 0; r < n_row; ++r) {
    for (std::size_t c = 0; c < channels; ++c) {
      const T* from = chunk + (r * chunk_channels_ + c) * chunk_polarizations_;
      T* to = values_.data() + (r * n_channel_ + channel + c) * n_polarization_ + polarization;
      for (std::size_t p = 0; p < polarizations; ++p) to[p] = from[p];
    }
  }
}

template <typename T>
void RowReader<T>::load_through_hdf5(std::size_t block) {
  hdf5::Shape start(dataset_.shape().size(), 0);
  hdf5::Shape count = dataset_.shape();
  start[0] = block * block_rows_;
  count[0] = std::min<std::size_t>(block_rows_, n_row_ - start[0]);
  dataset_.read(memory_type_.get(), start, count, values_.data());
  bytes_read_ += count[0] * n_channel_ * n_polarization_ * sizeof(T);
}

template class RowReader<std::complex<float>>;
template class RowReader<std::int8_t>;
template class RowReader<float>;

}  // namespace contimg::subband
