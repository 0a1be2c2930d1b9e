// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/hdf5_type.h"

#include <algorithm>
#include <mutex>
#include <set>

#include "base/error.h"
#include "base/lzf_filter.h"

namespace contimg::hdf5 {
namespace {

std::mutex& half_closed_mutex() {
  static std::mutex mutex;
  return mutex;
}

// Files of which a handle could not be closed.
std::set<std::string>& half_closed() {
  static std::set<std::string> paths;
  return paths;
}

}  // namespace

void require_closed(const std::string& path) {
  const std::lock_guard<std::mutex> lock(half_closed_mutex());
  if (half_closed().erase(path) > 0)
    throw TemporaryError(path + ": a part of it could not be written; check the room on its disk");
}

void initialise_library() {
  static std::once_flag once;
  std::call_once(once, [] {
    // At its end the library would close once more what it could not write, and crash on that.
    H5dont_atexit();
    H5open();
    register_lzf_filter();
  });
  be_quiet();
}

void be_quiet() {
  static thread_local const herr_t once = H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  static_cast<void>(once);
}

Handle& Handle::operator=(Handle&& other) noexcept {
  std::swap(id_, other.id_);
  std::swap(file_, other.file_);
  return *this;
}

Handle::~Handle() {
  if (id_ < 0 || H5Idec_ref(id_) >= 0 || file_.empty()) return;
  const std::lock_guard<std::mutex> lock(half_closed_mutex());
  half_closed().insert(std::move(file_));
}

Handle complex64_type() {
  initialise_library();
  Handle type(H5Tcreate(H5T_COMPOUND, 2 * sizeof(float)));
  H5Tinsert(type.get(), "r", 0, H5T_NATIVE_FLOAT);
  H5Tinsert(type.get(), "i", sizeof(float), H5T_NATIVE_FLOAT);
  return type;
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
