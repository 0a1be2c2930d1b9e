// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <type_traits>
#include <vector>

namespace contimg {

/// Memory for arrays of some hundred megabytes that are written whole before they are read: in huge
/// pages where the system has them, which saves most of the time of touching them first, and left
/// as it comes by `BulkVector(n)` and resize().
template <typename T>
struct BulkAllocator {
  using value_type = T;
  static_assert(std::is_trivially_copyable_v<T>, "left as it comes: plain numbers only");

  BulkAllocator() = default;
  template <typename U>
  BulkAllocator(const BulkAllocator<U>& /*other*/) {}

  T* allocate(std::size_t n) {
    constexpr std::size_t kHugePage = std::size_t{1} << 21;
    const std::size_t bytes = n * sizeof(T);
    if (bytes < 4 * kHugePage) return static_cast<T*>(::operator new(bytes));
    const std::size_t rounded = (bytes + kHugePage - 1) / kHugePage * kHugePage;
    void* memory = std::aligned_alloc(kHugePage, rounded);
    if (memory == nullptr) throw std::bad_alloc();
    madvise(memory, rounded, MADV_HUGEPAGE);  // only advice: nothing is lost where it is refused
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, std::size_t n) {
    constexpr std::size_t kHugePage = std::size_t{1} << 21;
    if (n * sizeof(T) < 4 * kHugePage)
      ::operator delete(memory);
    else
      std::free(memory);
  }
  template <typename U>
  void construct(U* /*place*/) {}
  template <typename U, typename... Values>
  void construct(U* place, Values&&... values) {
    ::new (static_cast<void*>(place)) U(std::forward<Values>(values)...);
  }
  template <typename U>
  bool operator==(const BulkAllocator<U>& /*other*/) const {
    return true;
  }
  template <typename U>
  bool operator!=(const BulkAllocator<U>& /*other*/) const {
    return false;
  }
};

template <typename T>
using BulkVector = std::vector<T, BulkAllocator<T>>;

}  // namespace contimg
