// SPDX-License-Identifier: GPL-3.0-or-later
#include "status/exchange.h"

#include <cmath>

#include "astro/epoch.h"

namespace contimg::status {

std::string dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Answer as_json(const Json& json, int status) { return {status, "application/json", dumped(json)}; }

Answer as_refusal(const Refused& refused) {
  Json json = {{"detail", refused.what()}};
  if (!refused.field.empty()) json["field"] = refused.field;
  Answer answer = as_json(json, refused.status);
  if (refused.status == 401)
    answer.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"contimg\"");
  if (refused.status == 429 || refused.status == 503)
    answer.headers.emplace_back("Retry-After", "1");
  return answer;
}

Json finite(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json utc_text(double time_unix_s) {
  if (!std::isfinite(time_unix_s) || time_unix_s == 0) return {};
  return astro::format_stamp(astro::mjd_s_from_unix_s(time_unix_s)) + "Z";
}

}  // namespace contimg::status
