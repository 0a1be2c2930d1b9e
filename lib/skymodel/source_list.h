// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "skymodel/catalogue_writer.h"

namespace contimg::skymodel {

/// What was read from somebody's list of sources.
struct SourceList {
  std::vector<NewSource> sources;
  std::size_t n_row = 0;           ///< Rows (VLA list: sources and band rows) seen.
  std::size_t n_numeric_flux = 0;  ///< Flux entries that are numbers, zeros included.
  std::size_t n_without_flux = 0;  ///< Flux entries that say nothing: empty, "?", zero.
  std::size_t n_bad = 0;           ///< Rows passed over.
  std::vector<std::string> bad;    ///< "line 12: why", of the first ten.

  void reject(const std::string& place, const std::string& why) {
    if (++n_bad <= 10) bad.push_back(place + ": " + why);
  }
};

/// Reads NRAO's VLA calibrator list as text (docs/formats/catalogue.md gives what is made of it).
/// Throws DataError when it is no such list.
SourceList read_vla_list(const std::string& path);

}  // namespace contimg::skymodel
