// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace contimg::diagnostics {

/// What stands in a secret's place.
extern const char* const kRedacted;  // "REDACTED"

/// A text without its secrets. What is one is told
///
///   by its name (is_secret_name()): TOML, JSON, ini, YAML, variables, XML, netrc, options of a command
///     line, parameters of a URL, headers; quoted in any way, with spaces, over several lines; lists
///     and tables as a whole; all values of a section [credentials]
///   by its place: user and password before the @ of a URL, after Bearer or Basic, after curl's -u
///   by its look: private keys in PEM, also when only their end is there; tokens of well-known form
///
/// Where the end of a secret cannot be told, more is taken rather than less. Numbers of lines are kept.
/// Null, true, false and nothing at all are not secrets: that a password is not set is worth knowing.
/// Doing it again changes nothing.
std::string redact(const std::string& text);

}  // namespace contimg::diagnostics
