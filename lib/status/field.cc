// SPDX-License-Identifier: GPL-3.0-or-later
#include "status/field.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

#include "astro/epoch.h"
#include "base/text.h"

namespace contimg::status {
namespace {

using Type = Field::Type;

constexpr double kLongest = 200, kMostGroups = 100, kLongestId = 64;
constexpr int kDeepest = 8;

[[noreturn]] void refuse(const Field& field, const std::string& expected) {
  throw Refused(400, field.name + ": expected " + expected, field.name);
}

std::string number_text(double value) {
  std::ostringstream text;
  text.precision(12);
  text << value;
  return text.str();
}

bool any_range(const Field& field) { return field.min == 0 && field.max == 0; }

std::string range_text(const Field& field, const char* kind) {
  if (any_range(field)) return kind;
  return std::string(kind) + " from " + number_text(field.min) + " to " + number_text(field.max);
}

double longest(const Field& field) { return field.max > 0 ? field.max : kLongest; }

bool is_id(const std::string& text, const char* others) {
  if (text.empty() || static_cast<double>(text.size()) > kLongestId || text[0] == '.') return false;
  return std::all_of(text.begin(), text.end(), [&](char c) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return plain || std::string(others).find(c) != std::string::npos;
  });
}

std::string text_of(const Field& field, const Json& value) {
  if (!value.is_string()) refuse(field, "text");
  return value.get<std::string>();
}

Json plain_text(const Field& field, const Json& value) {
  const std::string text = text_of(field, value);
  const auto length = static_cast<double>(text.size());
  if (length < std::max(1.0, field.min) || length > longest(field))
    refuse(field, "text of 1 to " + number_text(longest(field)) + " bytes");
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      refuse(field, "text without control characters");
  return text;
}

Json number(const Field& field, const Json& value) {
  const bool whole = field.type == Type::integer;
  const std::string expected = range_text(field, whole ? "a whole number" : "a number");
  if (whole ? !value.is_number_integer() : !value.is_number()) refuse(field, expected);
  const double real = value.get<double>();
  if (!std::isfinite(real) || (!any_range(field) && !(real >= field.min && real <= field.max)))
    refuse(field, expected);
  return value;
}

Json time(const Field& field, const Json& value) {
  const std::string expected = "a time such as 2026-01-25T22:26:05 (UTC), or seconds since 1970";
  double time_unix_s = NAN;
  if (value.is_number()) {
    time_unix_s = value.get<double>();
  } else if (const auto mjd_s = astro::parse_stamp(text_of(field, value))) {
    time_unix_s = astro::unix_s_from_mjd_s(*mjd_s);
  }
  constexpr double kYear2200 = 7258118400;
  if (!(time_unix_s >= 0 && time_unix_s < kYear2200)) refuse(field, expected);
  return time_unix_s;
}

Json groups(const Field& field, const Json& value) {
  const double most = field.max > 0 ? field.max : kMostGroups;
  if (!value.is_array() || value.empty() || static_cast<double>(value.size()) > most)
    refuse(field, "a list of 1 to " + number_text(most) + " groups");
  for (const Json& id : value)
    if (!is_id(text_of(field, id), ":._+-")) refuse(field, "ids of groups");
  return value;
}

std::string choices_text(const Field& field) { return "one of " + joined(field.choices); }

// Looked at before it is parsed: parsing needs stack for each level.
bool is_deep(const std::string& body) {
  int depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const char c = body[i];
    if (in_text && c == '\\')
      ++i;
    else if (c == '"')
      in_text = !in_text;
    else if (in_text)
      continue;
    else if ((c == '{' || c == '[') && ++depth > kDeepest)
      return true;
    else if (c == '}' || c == ']')
      --depth;
  }
  return false;
}

Json parsed(const std::string& body) {
  const Json json = is_deep(body) ? Json() : Json::parse(body, nullptr, false);
  if (json.is_discarded() || !json.is_object())
    throw Refused(400, "the body is not a JSON object, expected one such as {\"name\": 1}");
  return json;
}

const Field& known(const std::vector<Field>& fields, const std::string& name) {
  for (const Field& field : fields)
    if (field.name == name) return field;
  std::string list;
  for (const Field& field : fields) list += (list.empty() ? "" : ", ") + field.name;
  throw Refused(400, "there is no such field, expected " + (list.empty() ? "none" : list), name);
}

Json completed(const std::vector<Field>& fields, Json values) {
  for (const Field& field : fields) {
    if (values.contains(field.name)) continue;
    if (field.required) throw Refused(400, field.name + ": not given, expected it", field.name);
    if (!field.standard.is_null()) values[field.name] = field.standard;
  }
  return values;
}

}  // namespace

Json checked(const Field& field, const Json& value) {
  switch (field.type) {
    case Type::text:
      return plain_text(field, value);
    case Type::integer:
    case Type::number:
      return number(field, value);
    case Type::truth:
      if (!value.is_boolean()) refuse(field, "true or false");
      return value;
    case Type::word: {
      const std::string word = text_of(field, value);
      if (std::find(field.choices.begin(), field.choices.end(), word) == field.choices.end())
        refuse(field, choices_text(field));
      return value;
    }
    case Type::time:
      return time(field, value);
    case Type::group:
      if (!is_id(text_of(field, value), ":._+-")) refuse(field, "the id of a group");
      return value;
    case Type::groups:
      return groups(field, value);
    case Type::name:
      if (!is_id(text_of(field, value), ":._+-"))
        refuse(field, "a name of up to 64 letters, digits and : . _ + -");
      return value;
  }
  return {};
}

Json checked_text(const Field& field, const std::string& text) {
  const char* end = text.data() + text.size();
  if (field.type == Type::integer) {
    std::int64_t whole = 0;
    const auto [stop, error] = std::from_chars(text.data(), end, whole);
    return checked(field, error == std::errc() && stop == end ? Json(whole) : Json(text));
  }
  if (field.type == Type::number || field.type == Type::time) {
    double real = 0;
    const auto [stop, error] = std::from_chars(text.data(), end, real);
    return checked(field, error == std::errc() && stop == end ? Json(real) : Json(text));
  }
  if (field.type == Type::truth) {
    if (text == "true" || text == "1") return true;
    if (text == "false" || text == "0") return false;
  }
  return checked(field, text);
}

Json checked_body(const std::vector<Field>& fields, const std::string& body) {
  Json values = Json::object();
  // curl -X POST without -d sends nothing: that gives no field.
  if (!body.empty()) {
    const Json given = parsed(body);
    for (const auto& [name, value] : given.items())
      values[name] = checked(known(fields, name), value);
  }
  return completed(fields, std::move(values));
}

Json checked_query(const std::vector<Field>& fields,
                   const std::vector<std::pair<std::string, std::string>>& query) {
  Json values = Json::object();
  for (const auto& [name, text] : query) {
    if (values.contains(name)) throw Refused(400, name + ": given twice, expected once", name);
    values[name] = checked_text(known(fields, name), text);
  }
  return completed(fields, std::move(values));
}

Json schema_of(const Field& field) {
  Json schema;
  switch (field.type) {
    case Type::integer:
    case Type::number:
      schema["type"] = field.type == Type::integer ? "integer" : "number";
      if (!any_range(field)) {
        schema["minimum"] = field.min;
        schema["maximum"] = field.max;
      }
      break;
    case Type::truth:
      schema["type"] = "boolean";
      break;
    case Type::word:
      schema = {{"type", "string"}, {"enum", field.choices}};
      break;
    case Type::time:
      schema = {{"oneOf", {{{"type", "string"}, {"format", "date-time"}}, {{"type", "number"}}}}};
      break;
    case Type::groups:
      schema = {{"type", "array"}, {"items", {{"type", "string"}}}, {"minItems", 1}};
      schema["maxItems"] = field.max > 0 ? field.max : kMostGroups;
      break;
    case Type::text:
    case Type::group:
    case Type::name:
      schema = {{"type", "string"}, {"minLength", 1}};
      schema["maxLength"] = field.type == Type::text ? longest(field) : kLongestId;
      break;
  }
  if (!field.standard.is_null()) schema["default"] = field.standard;
  return schema;
}

}  // namespace contimg::status
