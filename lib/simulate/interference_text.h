// SPDX-License-Identifier: GPL-3.0-or-later
/// The words of `--rfi KIND:NAME=NUMBER:...`.
#pragma once

#include <map>
#include <string>

namespace contimg::simulate {

/// What stands before the first colon.
std::string interference_kind(const std::string& text);

/// Puts each NUMBER where its NAME points to. Throws UsageError, ending in `expected`, for another
/// name or what is no number.
void read_interference_numbers(const std::string& text,
                               const std::map<std::string, double*>& field_of_name,
                               const std::string& expected);

}  // namespace contimg::simulate
