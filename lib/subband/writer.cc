// SPDX-License-Identifier: GPL-3.0-or-later
#include "subband/writer.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <numeric>
#include <stdexcept>

#include "base/error.h"

namespace contimg::subband {
namespace {

constexpr float kSamplesPerIntegration = 96;

template <typename T>
std::vector<T> repeated(const std::vector<T>& values, std::size_t n_time) {
  std::vector<T> rows;
  rows.reserve(values.size() * n_time);
  for (std::size_t t = 0; t < n_time; ++t) rows.insert(rows.end(), values.begin(), values.end());
  return rows;
}

template <typename T>
void write_extensible(const hdf5::File& file, const std::string& name, const std::vector<T>& values,
                      hdf5::Shape shape) {
  file.write_array(name, values, shape, automatic_chunk(shape, sizeof(T)), true);
}

/// Writes every chunk of a dataset with the same bytes; beyond the last row lie zeros, as h5py
/// leaves them.
void fill_chunks(const hdf5::Dataset& data, const hdf5::Shape& chunk, std::size_t element_byte,
                 const std::vector<char>& bytes) {
  const hdf5::Shape& shape = data.shape();
  for (hsize_t row = 0; row < shape[0]; row += chunk[0]) {
    std::vector<char> tail;
    if (row + chunk[0] > shape[0]) {
      tail = bytes;
      const std::size_t row_byte = element_byte * chunk[2] * chunk[3];
      std::fill(tail.begin() + static_cast<std::ptrdiff_t>((shape[0] - row) * row_byte), tail.end(),
                '\0');
    }
    const std::vector<char>& source = tail.empty() ? bytes : tail;
    for (hsize_t c = 0; c < shape[2]; c += chunk[2])
      for (hsize_t p = 0; p < shape[3]; p += chunk[3])
        data.write_chunk({row, 0, c, p}, source.data(), source.size());
  }
}

}  // namespace

hdf5::Shape automatic_chunk(hdf5::Shape shape, std::size_t element_byte) {
  constexpr double kBase = 16384, kLeast = 8192, kMost = 1048576;
  shape[0] = 1024;
  const auto byte_of = [&](const hdf5::Shape& s) {
    return std::accumulate(s.begin(), s.end(), static_cast<double>(element_byte),
                           [](double a, hsize_t b) { return a * static_cast<double>(b); });
  };
  const double target =
      std::clamp(kBase * std::pow(2.0, std::log10(byte_of(shape) / kMost)), kLeast, kMost);
  for (std::size_t axis = 0;; axis = (axis + 1) % shape.size()) {
    const double size = byte_of(shape);
    if ((size < target || std::abs(size - target) / target < 0.5) && size < kMost) break;
    if (std::all_of(shape.begin(), shape.end(), [](hsize_t n) { return n == 1; })) break;
    shape[axis] = (shape[axis] + 1) / 2;
  }
  return shape;
}

std::string incomplete_path(const std::string& path) {
  const std::string extension = ".hdf5";
  const bool named = path.size() > extension.size() &&
                     path.compare(path.size() - extension.size(), extension.size(), extension) == 0;
  return (named ? path.substr(0, path.size() - extension.size()) : path) + "_incomplete.hdf5";
}

Writer::Writer(const std::string& path, CorrelatorHeader header)
    : path_(path),
      incomplete_path_(subband::incomplete_path(path)),
      header_(std::move(header)),
      n_row_(header_.time_jd.size() * header_.station1.size()),
      n_channel_(header_.frequency_hz.size()),
      n_polarization_(header_.polarization.size()),
      visibility_chunk_(automatic_chunk({0, 1, n_channel_, n_polarization_}, 8)),
      complex_(hdf5::complex64_type()) {
  file_ = std::make_unique<hdf5::File>(hdf5::File::create(incomplete_path_));
  file_->create_group("Header");
  file_->create_group("Header/extra_keywords");
  file_->create_group("Data");
  write_header();
  write_stations();
  write_rows_of_header();
  visibilities_ = std::make_unique<hdf5::Dataset>(
      file_->create_dataset("Data/visdata", complex_.get(),
                            {n_row_, 1, n_channel_, n_polarization_}, visibility_chunk_, true));
  write_constants();
  chunk_.resize(visibility_chunk_[0] * visibility_chunk_[2] * visibility_chunk_[3]);
}

void Writer::write_header() {
  const hdf5::File& file = *file_;
  constexpr double kRadian = 180 / 3.14159265358979323846;
  const std::size_t n_station = header_.station_name.size();
  const auto count = [](std::size_t n) { return static_cast<std::int64_t>(n); };
  file.write_scalar("Header/latitude", header_.site.latitude_rad * kRadian);
  file.write_scalar("Header/longitude", header_.site.longitude_rad * kRadian);
  file.write_scalar("Header/altitude", header_.site.height_m);
  file.write_fixed_string("Header/telescope_name", header_.telescope_name);
  file.write_fixed_string("Header/instrument", "DSA");
  file.write_fixed_string("Header/object_name", "search");
  file.write_fixed_string("Header/history", header_.history);
  file.write_fixed_string("Header/phase_type", "drift");
  file.write_scalar("Header/phase_center_app_dec", header_.pointing_dec_rad);
  file.write_scalar("Header/Nants_data", count(header_.n_antenna));
  file.write_scalar("Header/Nants_telescope", count(n_station));
  file.write_array("Header/antenna_diameters",
                   std::vector<double>(n_station, header_.dish_diameter_m), {n_station});
  file.write_scalar("Header/Nbls", count(header_.station1.size()));
  file.write_scalar("Header/Nblts", count(n_row_));
  file.write_scalar("Header/Ntimes", count(header_.time_jd.size()));
  file.write_scalar("Header/Nfreqs", count(n_channel_));
  file.write_scalar("Header/Npols", count(n_polarization_));
  file.write_scalar("Header/Nspws", std::int64_t{1});
  file.write_array("Header/freq_array", header_.frequency_hz, {1, n_channel_});
  file.write_scalar("Header/channel_width", header_.channel_width_hz);
  file.write_array("Header/spw_array", std::vector<std::int64_t>{1}, {1});
  file.write_array("Header/polarization_array", header_.polarization, {n_polarization_});
  write_keywords();
}

void Writer::write_keywords() {
  const hdf5::File& file = *file_;
  file.write_scalar("Header/extra_keywords/phase_center_dec", header_.pointing_dec_rad);
  file.write_scalar("Header/extra_keywords/ha_phase_center", 0.0);
  file.write_variable_string("Header/extra_keywords/phase_center_epoch", "HADEC");
  file.write_fixed_string("Header/extra_keywords/fs_table", header_.fringestop_table);
  std::string delays;
  for (const std::int64_t delay : header_.applied_delay_ns)
    delays += (delays.empty() ? "" : " ") + std::to_string(delay);
  file.write_fixed_string("Header/extra_keywords/applied_delays_ns", delays);
}

void Writer::write_stations() {
  const hdf5::File& file = *file_;
  const std::size_t n_station = header_.station_name.size();
  std::size_t length = 1;
  for (const std::string& name : header_.station_name) length = std::max(length, name.size() + 1);
  std::string names(length * n_station, '\0');
  std::vector<std::int64_t> numbers(n_station);
  std::iota(numbers.begin(), numbers.end(), 0);
  std::vector<double> offsets;
  for (std::size_t i = 0; i < n_station; ++i) {
    header_.station_name[i].copy(&names[i * length], length);
    offsets.insert(offsets.end(), header_.station_offset_m[i].begin(),
                   header_.station_offset_m[i].end());
  }
  const hdf5::Handle name_type = hdf5::fixed_string_type(length);
  file.create_dataset("Header/antenna_names", name_type.get(), {n_station})
      .write(name_type.get(), names.data());
  file.write_array("Header/antenna_numbers", numbers, {n_station});
  file.write_array("Header/antenna_positions", offsets, {n_station, 3});
}

void Writer::write_rows_of_header() {
  const std::size_t n_time = header_.time_jd.size(), n_baseline = header_.station1.size();
  std::vector<double> times;
  for (const double jd : header_.time_jd) times.insert(times.end(), n_baseline, jd);
  write_extensible(*file_, "Header/ant_1_array", repeated(header_.station1, n_time), {n_row_});
  write_extensible(*file_, "Header/ant_2_array", repeated(header_.station2, n_time), {n_row_});
  write_extensible(*file_, "Header/uvw_array", repeated(header_.uvw_m, n_time), {n_row_, 3});
  write_extensible(*file_, "Header/time_array", times, {n_row_});
  write_extensible(*file_, "Header/integration_time",
                   std::vector<double>(n_row_, header_.integration_time_s), {n_row_});
}

void Writer::write_constants() {
  const hdf5::Shape shape = {n_row_, 1, n_channel_, n_polarization_};
  const hdf5::Handle boolean = hdf5::boolean_type();
  const hdf5::Shape flag_chunk = automatic_chunk(shape, 1);
  const hdf5::Dataset flags =
      file_->create_dataset("Data/flags", boolean.get(), shape, flag_chunk, true);
  fill_chunks(flags, flag_chunk, 1,
              std::vector<char>(flag_chunk[0] * flag_chunk[2] * flag_chunk[3], '\0'));
  const hdf5::Shape sample_chunk = automatic_chunk(shape, 4);
  const hdf5::Dataset nsamples =
      file_->create_dataset("Data/nsamples", hdf5::native_type<float>(), shape, sample_chunk, true);
  const std::vector<float> samples(sample_chunk[0] * sample_chunk[2] * sample_chunk[3],
                                   kSamplesPerIntegration);
  std::vector<char> bytes(samples.size() * sizeof(float));
  std::memcpy(bytes.data(), samples.data(), bytes.size());
  fill_chunks(nsamples, sample_chunk, sizeof(float), bytes);
}

void Writer::write_block(std::size_t first_row, const std::complex<float>* rows,
                         std::size_t n_row) {
  const std::size_t n_c = visibility_chunk_[2], n_p = visibility_chunk_[3];
  for (std::size_t c0 = 0; c0 < n_channel_; c0 += n_c)
    for (std::size_t p0 = 0; p0 < n_polarization_; p0 += n_p) {
      const std::size_t channels = std::min(n_c, n_channel_ - c0);
      const std::size_t polarizations = std::min(n_p, n_polarization_ - p0);
      if (n_row < visibility_chunk_[0] || channels < n_c || polarizations < n_p)
        std::fill(chunk_.begin(), chunk_.end(), 0.0F);
      for (std::size_t row = 0; row < n_row; ++row) {
        const std::complex<float>* from = rows + (row * n_channel_ + c0) * n_polarization_ + p0;
        std::complex<float>* to = chunk_.data() + row * n_c * n_p;
        for (std::size_t c = 0; c < channels; ++c)
          for (std::size_t p = 0; p < polarizations; ++p)
            to[c * n_p + p] = from[c * n_polarization_ + p];
      }
      visibilities_->write_chunk({first_row, 0, c0, p0}, chunk_.data(),
                                 chunk_.size() * sizeof(chunk_[0]));
    }
}

void Writer::append(Span<const std::complex<float>> visibilities) {
  const std::size_t row_size = n_channel_ * n_polarization_;
  if (visibilities.size() % row_size != 0)
    throw std::invalid_argument("Writer::append: not whole rows");
  std::size_t n_row = visibilities.size() / row_size;
  const std::complex<float>* rows = visibilities.data();
  if (n_written_ + pending_.size() / row_size + n_row > n_row_)
    throw std::invalid_argument("Writer::append: more rows than announced");
  const std::size_t block = block_rows();
  while (n_row > 0) {
    if (pending_.empty() && n_row >= block) {
      write_block(n_written_, rows, block);
      n_written_ += block;
      rows += block * row_size;
      n_row -= block;
      continue;
    }
    const std::size_t taken = std::min(n_row, block - pending_.size() / row_size);
    pending_.insert(pending_.end(), rows, rows + taken * row_size);
    rows += taken * row_size;
    n_row -= taken;
    if (pending_.size() == block * row_size) {
      write_block(n_written_, pending_.data(), block);
      n_written_ += block;
      pending_.clear();
    }
  }
}

void Writer::finish() {
  if (!pending_.empty()) {
    const std::size_t n_row = pending_.size() / (n_channel_ * n_polarization_);
    write_block(n_written_, pending_.data(), n_row);
    n_written_ += n_row;
    pending_.clear();
  }
  if (n_written_ != n_row_) throw std::invalid_argument("Writer::finish: rows are missing");
  file_->flush();
  visibilities_.reset();
  file_.reset();
  hdf5::require_closed(incomplete_path_);
  if (std::rename(incomplete_path_.c_str(), path_.c_str()) != 0)
    throw TemporaryError(path_ + ": cannot be renamed from " + incomplete_path_ + ": " +
                         std::strerror(errno));
}

}  // namespace contimg::subband
