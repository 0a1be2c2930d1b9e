// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/hdf5_type.h"

#include <algorithm>
#include <mutex>

#include "base/lzf_filter.h"

namespace contimg::hdf5 {
namespace {

Handle complex_type(hid_t part) {
  const std::size_t size = H5Tget_size(part);
  Handle type(H5Tcreate(H5T_COMPOUND, 2 * size));
  H5Tinsert(type.get(), "r", 0, part);
  H5Tinsert(type.get(), "i", size, part);
  return type;
}

}  // namespace

void initialise_library() {
  static std::once_flag once;
  std::call_once(once, [] {
    H5open();
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    register_lzf_filter();
  });
}

Handle& Handle::operator=(Handle&& other) noexcept {
  std::swap(id_, other.id_);
  return *this;
}

Handle::~Handle() {
  if (id_ >= 0) H5Idec_ref(id_);
}

Handle complex64_type() {
  initialise_library();
  return complex_type(H5T_NATIVE_FLOAT);
}

Handle complex128_type() {
  initialise_library();
  return complex_type(H5T_NATIVE_DOUBLE);
}

Handle boolean_type() {
  initialise_library();
  Handle type(H5Tenum_create(H5T_NATIVE_INT8));
  std::int8_t value = 0;
  H5Tenum_insert(type.get(), "FALSE", &value);
  value = 1;
  H5Tenum_insert(type.get(), "TRUE", &value);
  return type;
}

Handle fixed_string_type(std::size_t length) {
  initialise_library();
  Handle type(H5Tcopy(H5T_C_S1));
  H5Tset_size(type.get(), std::max<std::size_t>(length, 1));
  H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  return type;
}

}  // namespace contimg::hdf5
