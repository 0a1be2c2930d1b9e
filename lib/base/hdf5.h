// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/hdf5_type.h"

/// The HDF5 library, wrapped once. Every failure becomes a DataError "<file>: <what>" with
/// HDF5's own first complaint, or a TemporaryError where the disk failed; nothing is printed. The LZF
/// filter that h5py uses is registered. Debian's library is thread-safe: calls from several threads
/// wait for each other.
namespace contimg::hdf5 {

using Shape = std::vector<hsize_t>;  ///< Slowest axis first.

/// Where one stored chunk lies in the file.
struct Chunk {
  haddr_t offset_byte;
  hsize_t size_byte;
};

/// What the elements of a dataset are. complex: a pair {r, i} of numbers of one type.
enum class Kind { integer, real, boolean, bits, text, complex, other };

/// An open dataset of a file.
class Dataset {
 public:
  Dataset(Handle handle, std::string label);

  const std::string& label() const { return label_; }  ///< "<file>: <name>", for messages.
  const Shape& shape() const { return shape_; }
  Shape chunk_shape() const;  ///< Empty when the layout is not chunked.
  bool has_filters() const;   ///< True when chunks are compressed or otherwise filtered.
  Handle type() const;        ///< The type as stored.
  Kind kind() const;
  std::size_t element_size() const;  ///< Bytes of one element as stored.
  hid_t get() const { return handle_.get(); }

  /// Reads the box [start, start + count) into `data`, as `memory_type`.
  void read(hid_t memory_type, const Shape& start, const Shape& count, void* data) const;
  /// Reads everything. Throws if the dataset holds no numbers, or claims more than its file can hold.
  template <typename T>
  std::vector<T> read_all() const {
    std::vector<T> values(readable_size());
    read_everything(native_type<T>(), values.data());
    return values;
  }
  /// Element `index` of a one-dimensional dataset (or of its flattened last axis when it has
  /// leading axes of length 1).
  double element(hsize_t index) const;

  /// True if the stored chunk that begins at `start` was ever written.
  bool has_chunk(const Shape& start) const;
  /// Where the chunk that begins at `start` is stored; nothing if it was never written. HDF5 1.10
  /// looks through all chunks for it: not for use in a loop over chunks.
  std::optional<Chunk> chunk(const Shape& start) const;
  /// Reads the bytes of one whole stored chunk as they are, past HDF5's conversion and cache:
  /// several times quicker than read() for small chunks. False when the chunk was never written.
  bool read_chunk(const Shape& start, void* data, std::size_t size_byte) const;

  /// The element that chunks hold that were never written, as stored.
  std::vector<char> fill_value() const;

  void write(hid_t memory_type, const void* data) const;
  void write(hid_t memory_type, const Shape& start, const Shape& count, const void* data) const;
  /// Writes one whole chunk's bytes as they are, past HDF5's conversion and cache.
  void write_chunk(const Shape& start, const void* data, std::size_t size_byte) const;

  std::size_t size() const;  ///< Number of elements; the greatest number there is, if above.
  /// The same before room is made for them. Throws when the file is too small for so many, even packed:
  /// a damaged header may claim anything.
  std::size_t readable_size() const;

 private:
  void read_everything(hid_t memory_type, void* data) const;
  Handle handle_;
  std::string label_;
  Shape shape_;
};

class File;
/// Throws DataError "<file>: <what>".
[[noreturn]] void refuse(const File& file, const std::string& what);

/// An open file. Reading never takes HDF5's file lock, which fails on some network disks.
class File {
 public:
  /// Throws DataError when the file is missing, empty, not HDF5, or truncated; TemporaryError
  /// when it cannot be read for lack of permission or file descriptors.
  static File open(const std::string& path);
  /// Creates or truncates.
  static File create(const std::string& path);
  /// Opens for changing what is inside. Throws DataError as open().
  static File modify(const std::string& path);

  const std::string& path() const { return path_; }
  bool has(const std::string& name) const;
  /// Throws when there is none, or its values lie in another file (external links and storage, virtual
  /// datasets): what is read is the file that was named.
  Dataset dataset(const std::string& name) const;
  /// Names of what a group holds, in order of name; nothing if there is no such group.
  std::vector<std::string> members(const std::string& group) const;

  double real(const std::string& name) const;           ///< A scalar (or one-element) number.
  std::int64_t integer(const std::string& name) const;  ///< A scalar (or one-element) integer.
  std::string text(const std::string& name) const;      ///< Fixed or variable-length string.
  std::vector<std::string> texts(const std::string& name) const;  ///< Any array of strings.

  void create_group(const std::string& name) const;
  /// `chunk` empty: contiguous. `extensible`: the first axis may grow.
  Dataset create_dataset(const std::string& name, hid_t type, const Shape& shape,
                         const Shape& chunk = {}, bool extensible = false) const;
  void write_scalar(const std::string& name, double value) const;
  void write_scalar(const std::string& name, std::int64_t value) const;
  void write_fixed_string(const std::string& name, const std::string& value) const;
  void write_variable_string(const std::string& name, const std::string& value) const;
  template <typename T>
  void write_array(const std::string& name, const std::vector<T>& values, const Shape& shape,
                   const Shape& chunk = {}, bool extensible = false) const {
    create_dataset(name, native_type<T>(), shape, chunk, extensible)
        .write(native_type<T>(), values.data());
  }

  /// Takes a dataset or group out of the file; its bytes stay behind, unreachable.
  void remove(const std::string& name) const;
  void flush() const;

 private:
  File(Handle handle, std::string path) : handle_(std::move(handle)), path_(std::move(path)) {}
  Handle handle_;
  std::string path_;
};

}  // namespace contimg::hdf5
