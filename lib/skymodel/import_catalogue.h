// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "skymodel/column_mapping.h"
#include "skymodel/source_list.h"

namespace contimg::skymodel {

struct ImportOptions {
  std::string input;
  std::string output;           ///< The catalogue file.
  std::string format = "auto";  ///< auto, vla, csv, fits or votable.
  ColumnRequest columns;        ///< Not for the VLA list.
  double max_bad_share = 0.01;  ///< Of rows that cannot be used; more are an error.
  bool overwrite = false;
};

struct ImportedCatalogue {
  std::string path;
  bool changed = true;  ///< False when the same input had made it with the same options before.
  std::size_t n_source = 0;
  SourceList list;  ///< Counts and what was rejected; its sources are in the file only.
};

/// "vla", "csv", "fits" or "votable" by how the file begins. Throws DataError when it is empty or
/// cannot be read.
std::string detect_format(const std::string& path);

/// Turns a list of sources into a catalogue file, whole or not at all.
///
/// Throws DataError, saying what to do, for lists that cannot be used (no such column, RA in hours,
/// too many bad rows, none good), ProductExists when another catalogue is there and may not be
/// replaced, UsageError for options that do not go together.
ImportedCatalogue import_catalogue(const ImportOptions& options);

}  // namespace contimg::skymodel
