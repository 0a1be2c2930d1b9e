// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

/// What a browser, curl and Prometheus are told. docs/formats/api.md.
namespace contimg::status {

using Json = nlohmann::ordered_json;

/// A request, as the HTTP library has read it.
struct Request {
  std::string method;                                      ///< In capitals.
  std::string path;                                        ///< Percent signs decoded.
  std::vector<std::pair<std::string, std::string>> query;  ///< Decoded, as given.
  std::map<std::string, std::string> headers;              ///< Names in small letters.
  std::string peer;                                        ///< Address of who asks.
  std::string body;

  /// A header by its name in small letters; empty without it.
  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
};

/// What is answered.
struct Answer {
  int status = 200;
  std::string type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};
};

/// A request that is not granted: the HTTP status, what to tell, and the field that is at fault.
class Refused : public Error {
 public:
  Refused(int status_given, const std::string& detail, std::string field_given = {})
      : Error(detail), status(status_given), field(std::move(field_given)) {}
  int status;
  std::string field;
};

/// JSON as text; bytes that are no UTF-8 become U+FFFD.
std::string dumped(const Json& json);
/// An answer of JSON.
Answer as_json(const Json& json, int status = 200);
/// {"detail": ..., "field": ...}
Answer as_refusal(const Refused& refused);

/// A number, or null where it is not finite.
Json finite(double value);
/// "2026-01-25T22:26:05Z"; null for times that are not known (not finite, or 0).
Json utc_text(double time_unix_s);

}  // namespace contimg::status
