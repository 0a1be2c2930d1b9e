// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/sqlite.h"
#include "registry/calibration_set.h"

namespace contimg::registry {

/// The columns of calibration_set that read_set() expects first in a row, for a table called s.
extern const char* const kSetColumns;

/// The set in the statement's row, without its tables.
CalibrationSet read_set(const Statement& row);

/// Fills in the paths of a set's tables, in order.
void read_table_paths(Database& db, CalibrationSet& set);

/// Paths and fingerprints, in order.
std::vector<std::pair<std::string, std::string>> recorded_tables(Database& db, std::int64_t set_id);

/// The sets of a condition on calibration_set s ("s.name = ?"), with their tables, by time; a
/// parameter, if `value` is given, takes it.
std::vector<CalibrationSet> select_sets(Database& db, const std::string& where,
                                        const std::optional<std::string>& value = std::nullopt);

/// True when a set's band is the target's or more, to half a channel.
bool covers(const CalibrationSet& set, const Target& target);

/// A number for people, with so many decimals.
std::string fixed(double value, int decimals);

}  // namespace contimg::registry
