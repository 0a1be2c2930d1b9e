// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "skymodel/source_list.h"
#include "skymodel/text_table.h"

namespace contimg::skymodel {

/// What the user says of a table. Roles: name, alias, ra, dec, flux, flux-error, spectral-index,
/// frequency, quality.
struct ColumnRequest {
  std::string preset;                          ///< One of preset_names(); empty: common titles.
  std::map<std::string, std::string> columns;  ///< role -> title
  std::map<std::string, std::string> units;    ///< role -> deg|hours|rad, Jy|mJy|uJy, Hz|MHz|GHz
  double frequency_hz = 0;                     ///< Of all fluxes; 0: the preset's, or a column.
};

std::vector<std::string> preset_names();
const std::vector<std::string>& column_roles();

/// Which column plays which role, and what its numbers are multiplied with.
struct ColumnMapping {
  std::map<std::string, std::size_t> index;  ///< role -> column
  double ra_factor = 1, dec_factor = 1;      ///< To degrees, for numbers that are not sexagesimal.
  bool ra_unit_said = false;                 ///< By the user, the file or the title.
  double flux_factor = 1;                    ///< To Jy.
  double error_factor = 1;                   ///< The same of its error.
  double frequency_factor = 1;               ///< To Hz.
  double frequency_hz = 0;                   ///< 0: from the column.
  std::string band;                          ///< Title of the flux column.
  std::string name_prefix;                   ///< Put before names, e.g. "NVSS J".
};

/// Finds the columns. Titles are compared without regard to case.
/// Throws DataError naming the column that is missing, with those that there are; a flux without
/// a unit; RA declared in hours without the user's word. Throws UsageError for roles, presets and
/// units that do not exist, and for fluxes without a frequency.
ColumnMapping map_columns(const std::string& path, const std::vector<TextColumn>& columns,
                          const ColumnRequest& request);

/// Reads all rows. Rows with a position that is no position or a flux that is no number are
/// rejected and counted; an empty flux ("", "?", "-", "--", "null") is none.
/// Throws DataError when the RA are in hours by all appearance: nobody said their unit, none is
/// above 24, and they run over more than 6.
SourceList read_table(const std::string& path, TextTable& table, const ColumnMapping& mapping);

}  // namespace contimg::skymodel
