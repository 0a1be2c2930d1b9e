// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "status/exchange.h"

namespace contimg::status {

/// One value that a request may hold: in the path, in the query or in the body. The description in
/// /openapi.json and the check are made of the same words.
struct Field {
  enum class Type {
    text,  ///< No control characters.
    integer,
    number,
    truth,
    word,    ///< One of `choices`.
    time,    ///< YYYY-MM-DDTHH:MM:SS, UTC, or unix seconds; becomes unix seconds.
    group,   ///< A group's id: letters, digits and ": . _ + -".
    groups,  ///< A list of them.
    name,    ///< Letters, digits and ". _ + -", not beginning with a dot.
  };
  std::string name;
  Type type;
  std::string help;
  bool required = false;
  double min = 0,
         max = 0;  ///< Of a number; of a text's or list's length. Both 0: any, length 1 to 200.
  std::vector<std::string> choices = {};
  Json standard = {};  ///< Used when it is not given; null: absent.
};

// What many routes take.
inline const Field kGroup = {"group_id", Field::Type::group, "Of the group.", true};
inline const Field kGroups = {"group_ids", Field::Type::groups, "Of the groups.", true};
inline constexpr double kFarFuture_unix_s = 7e9;  ///< Where the end of a time is left open.

/// The value as handlers get it. Given: JSON of a body. Throws Refused (400) naming the field.
Json checked(const Field& field, const Json& value);
/// The same of text from a path or query.
Json checked_text(const Field& field, const std::string& text);

/// Checks all: each known, given once, right; and fills in what is not given.
Json checked_body(const std::vector<Field>& fields, const std::string& body);
Json checked_query(const std::vector<Field>& fields,
                   const std::vector<std::pair<std::string, std::string>>& query);

/// The field in JSON Schema's words, as OpenAPI has it.
Json schema_of(const Field& field);

}  // namespace contimg::status
