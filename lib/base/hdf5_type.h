// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <hdf5.h>

#include <cstdint>
#include <string>
#include <utility>

/// HDF5's identifiers, and the types of elements that UVH5 files have.
namespace contimg::hdf5 {

/// Readies the library, once, with the LZF filter registered, and be_quiet(). Whatever here
/// makes a handle calls it.
void initialise_library();

/// Keeps HDF5 from printing its complaints, which it does in each thread that is not told otherwise.
/// Handle::get() calls it.
void be_quiet();

/// Throws TemporaryError when a handle of this written file could not be closed: what HDF5 still held
/// of it is not in the file. File::flush() calls it, and who gives a file its final name calls it once
/// all of its handles are closed.
void require_closed(const std::string& path);

/// Owns one HDF5 identifier of any kind. `file` is the path of the file that it writes to; types,
/// shapes and what is only read have none.
class Handle {
 public:
  Handle() = default;
  explicit Handle(hid_t id, std::string file = {}) : id_(id), file_(std::move(file)) {}
  Handle(Handle&& other) noexcept : id_(other.id_), file_(std::move(other.file_)) {
    other.id_ = -1;
  }
  Handle& operator=(Handle&& other) noexcept;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle();
  hid_t get() const {
    be_quiet();
    return id_;
  }

 private:
  hid_t id_ = -1;
  std::string file_;
};

/// Memory types for read and write. complex64 is h5py's compound {r, i} of float32.
Handle complex64_type();
/// h5py's boolean: an enumeration of int8, FALSE = 0, TRUE = 1.
Handle boolean_type();
/// A fixed-length, null-padded byte string.
Handle fixed_string_type(std::size_t length);

template <typename T>
hid_t native_type();  // float, double, std::int8_t, std::int32_t, std::int64_t
template <>
inline hid_t native_type<float>() {
  return H5T_NATIVE_FLOAT;
}
template <>
inline hid_t native_type<double>() {
  return H5T_NATIVE_DOUBLE;
}
template <>
inline hid_t native_type<std::int8_t>() {
  return H5T_NATIVE_INT8;
}
template <>
inline hid_t native_type<std::int32_t>() {
  return H5T_NATIVE_INT32;
}
template <>
inline hid_t native_type<std::int64_t>() {
  return H5T_NATIVE_INT64;
}

}  // namespace contimg::hdf5
