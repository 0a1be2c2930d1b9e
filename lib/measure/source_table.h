// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "measure/measurement.h"

namespace contimg::measure {

/// A column of the tables of sources; the same names and units in all of them
/// (docs/formats/sources.md).
struct Column {
  std::string name, unit, description;
  bool is_text = false;
};
const std::vector<Column>& columns();

/// The values of a row in the order of columns(), as CSV has them: empty for an unknown number.
std::vector<std::string> values_of(const Measurement& source);

/// Each writes a file whole or not at all, in place of an older one. Throws TemporaryError for the
/// disk.
void write_csv(const std::string& path, const Tile& tile);
void write_votable(const std::string& path, const Tile& tile);  ///< VOTable 1.4, TABLEDATA.
void write_fits_table(const std::string& path, const Tile& tile);
/// DS9 regions (ICRS): circles of catalogue places, green when detected; ellipses of what was found.
void write_regions(const std::string& path, const Tile& tile);

}  // namespace contimg::measure
