// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "base/sqlite.h"

namespace contimg::report {

/// What is to be explained.
struct Subject {
  enum class Kind { group, mosaic };
  Kind kind = Kind::group;
  std::string name;     ///< The group's id, or the mosaic's name.
  std::string asked;    ///< As the operator named it.
  std::string product;  ///< Path of the product that was asked for; empty: the group itself.
};

/// Finds what a word stands for: a group's id, a mosaic's name, or the path of a product (image,
/// Measurement Set, mosaic, table) or of a subband file. A path may be relative, and need not be there
/// any more. A FITS image that was moved is known by its card GROUPID.
/// Throws UsageError when nothing of it is known.
Subject find_subject(Database& db, const std::string& asked);

}  // namespace contimg::report
