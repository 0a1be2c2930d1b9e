// SPDX-License-Identifier: GPL-3.0-or-later
#include "ms/flag_version.h"

#include <algorithm>
#include <boost/filesystem.hpp>
#include <fstream>

#include "base/atomic_output.h"
#include "base/error.h"
#include "base/file_bytes.h"

namespace contimg::ms {
namespace {

constexpr const char* kVersionsFolder = "/FLAG_VERSIONS";
constexpr const char* kSuffix = ".bits";
constexpr std::size_t kBitsPerByte = 8;

std::string path_of(const std::string& set_path, const std::string& name) {
  return set_path + kVersionsFolder + "/" + name + kSuffix;
}

std::string header(const FlagShape& shape) {
  return "contimg flags 1: " + std::to_string(shape.n_row) + " rows, " +
         std::to_string(shape.n_channel) + " channels, " + std::to_string(shape.n_correlation) +
         " correlations\n";
}

std::size_t row_bytes(const FlagShape& shape) {
  return (shape.row_size() + kBitsPerByte - 1) / kBitsPerByte;
}

}  // namespace

bool has_flag_version(const std::string& set_path, const std::string& name) {
  return boost::filesystem::exists(path_of(set_path, name));
}

void remove_flag_version(const std::string& set_path, const std::string& name) {
  remove_tree(path_of(set_path, name));
}

FlagVersionWriter::FlagVersionWriter(const std::string& set_path, const std::string& name,
                                     const FlagShape& shape)
    : path_(path_of(set_path, name)), shape_(shape), bits_(header(shape)) {
  bits_.reserve(bits_.size() + shape.n_row * row_bytes(shape));
}

void FlagVersionWriter::put(Span<const bool> flags) {
  const std::size_t n_row = flags.size() / shape_.row_size();
  const bool* flag = flags.data();
  for (std::size_t row = 0; row < n_row; ++row) {
    const std::size_t begin = bits_.size();
    bits_.resize(begin + row_bytes(shape_));
    for (std::size_t i = 0; i < shape_.row_size(); ++i, ++flag)
      bits_[begin + i / kBitsPerByte] =
          static_cast<char>(static_cast<unsigned char>(bits_[begin + i / kBitsPerByte]) |
                            (static_cast<unsigned>(*flag) << (i % kBitsPerByte)));
  }
}

void FlagVersionWriter::finish() {
  if (bits_.size() != header(shape_).size() + shape_.n_row * row_bytes(shape_))
    throw DataError(path_ + ": not all rows were put, expected " + header(shape_));
  AtomicOutput output(path_, this_process(0), true);
  std::ofstream file(output.path(), std::ios::binary);
  file.write(bits_.data(), static_cast<std::streamsize>(bits_.size()));
  file.close();
  if (!file) throw TemporaryError(path_ + ": cannot be written; is the disk full?");
  output.commit();
}

FlagVersionReader::FlagVersionReader(const std::string& set_path, const std::string& name,
                                     const FlagShape& shape)
    : shape_(shape) {
  const std::string path = path_of(set_path, name);
  const auto bytes = file_bytes(path);
  if (!bytes) throw DataError(path + ": cannot be read, expected flags kept by flag-ms");
  const std::string first = bytes->substr(0, bytes->find('\n'));
  if (first + "\n" != header(shape))
    throw DataError(path + ": holds '" + first.substr(0, 100) + "', expected " + header(shape) +
                    "; convert the group again");
  bits_ = bytes->substr(std::min(bytes->size(), first.size() + 1));
  if (bits_.size() != shape.n_row * row_bytes(shape))
    throw DataError(path + ": damaged, its length is wrong; convert the group again");
}

void FlagVersionReader::read(std::size_t first_row, Span<bool> flags) const {
  const std::size_t n_row = flags.size() / shape_.row_size();
  bool* flag = flags.data();
  for (std::size_t row = first_row; row < first_row + n_row; ++row) {
    const char* bits = bits_.data() + row * row_bytes(shape_);
    for (std::size_t i = 0; i < shape_.row_size(); ++i, ++flag)
      *flag = (static_cast<unsigned char>(bits[i / kBitsPerByte]) >> (i % kBitsPerByte)) & 1u;
  }
}

}  // namespace contimg::ms
