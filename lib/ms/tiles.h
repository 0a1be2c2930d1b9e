// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstddef>

namespace contimg::ms {

/// Rows of a tile that holds whole rows, because every stage reads rows, and about 200 KB: small
/// enough that one baseline's rows do not drag in much, large enough for a disk.
inline std::size_t tile_rows(std::size_t row_bytes) {
  constexpr std::size_t kTileBytes = 196608;
  const std::size_t rows = std::max<std::size_t>(1, kTileBytes / row_bytes);
  return (rows + 7) / 8 * 8;
}

}  // namespace contimg::ms
