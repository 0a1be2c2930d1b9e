// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>

namespace contimg::diagnostics {

/// The part of a text that holds a value: from `begin` to before `end`; nothing when they are equal.
struct Extent {
  std::size_t begin = 0, end = 0;
};

/// A space, tab or carriage return.
bool is_blank(char c);
/// The place after the blanks from `from` on.
std::size_t past_blanks(const std::string& text, std::size_t from);
/// The place where the line that holds `at` begins.
std::size_t line_begin(const std::string& text, std::size_t at);
/// A letter, a digit or _.
bool is_of_name(char c);
/// The place after the letters of a name, - and . among them, from `at` on.
std::size_t past_name(const std::string& text, std::size_t at);
/// The place after the sign that puts a value to the name that ends at `at` (= : := => ==), blanks
/// before it skipped; 0 where there is none.
std::size_t past_sign(const std::string& text, std::size_t at);

/// How a value is bounded where it has no quotes of its own.
struct Surroundings {
  std::string quote;            ///< Of the string that name and value are in together; empty: none.
  bool to_end_of_line = false;  ///< The name begins its line, or is that of a header.
  bool of_json = false;         ///< The name is quoted: a comma or bracket ends the value.
  bool of_url = false;          ///< A parameter: & and # end it.
  std::size_t indent = 0;       ///< Of the name's line, for values on the lines below it.
  bool may_go_below = false;
};

/// Where the value at or after `begin` lies, quotes excluded: a quoted string ("...", '...', three
/// of either, with escaped quotes, or with quotes that are escaped themselves as in JSON within
/// JSON), a list or table, lines indented below, or a bare word. Nothing where the value of a quoted
/// name is missing and the next line, indented no more, puts one to a name of its own.
Extent value_at(const std::string& text, std::size_t begin, const Surroundings& surroundings);

/// True for what is no secret in any place: empty, null, true, false, none, and what was redacted.
bool says_nothing(const std::string& value);

}  // namespace contimg::diagnostics
