// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace contimg::notice {

enum class Severity { warning, critical };
/// "warning", "critical".
const char* severity_name(Severity severity);
/// Throws UsageError for another word.
Severity severity_from(const std::string& name);

/// Something that needs a person, as it is now.
struct Notice {
  std::string key;  ///< The same each time it is found: its kind, then "/" and what it is about.
  Severity severity = Severity::warning;
  std::string subject;  ///< One line.
  std::string text;
  std::string remedy;  ///< A command, or what to look at.
};

/// The kind of a notice: its key up to the first "/".
std::string kind_of(const std::string& key);

/// Many notices of one kind in a few words: "12 groups failed".
std::string in_numbers(const std::string& kind, std::size_t n);

}  // namespace contimg::notice
