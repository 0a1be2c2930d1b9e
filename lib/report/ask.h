// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "base/sqlite.h"
#include "queue/report.h"

namespace contimg::report {

using Json = nlohmann::ordered_json;

constexpr double kNotKnown = std::numeric_limits<double>::quiet_NaN();

/// Text that may stand in JSON and XML: what is no UTF-8, and control characters but tabs and line breaks,
/// are replaced. What programs printed before they died ends up in the queue as it was.
std::string sound_text(const std::string& text);

/// The rows of a query as objects by column name, with sound texts. Given: its parameters, in order.
template <typename... Parameters>
Json ask(Database& db, const std::string& sql, const Parameters&... parameters) {
  Statement query(db, sql);
  int index = 0;
  (query.bind(++index, parameters), ...);
  Json list = queue::rows(query);
  for (Json& row : list)
    for (Json& value : row)
      if (value.is_string()) value = sound_text(value.get<std::string>());
  return list;
}

/// A number as JSON; null where it is none.
inline Json finite_json(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

/// A member as a number; kNotKnown where it is absent, null or none.
inline double number(const Json& row, const std::string& key) {
  const auto found = row.is_object() ? row.find(key) : row.end();
  return found != row.end() && found->is_number() ? found->get<double>() : kNotKnown;
}

/// A member as text; empty where it is absent, null or none.
inline std::string word(const Json& row, const std::string& key) {
  const auto found = row.is_object() ? row.find(key) : row.end();
  return found != row.end() && found->is_string() ? found->get<std::string>() : "";
}

/// Text as JSON; null where it is none.
inline Json parsed(const std::string& text) {
  Json json = Json::parse(text, nullptr, false);
  return json.is_discarded() ? Json(nullptr) : json;
}

}  // namespace contimg::report
