// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/settings.h"
#include "status/exchange.h"
#include "status/field.h"

namespace contimg::status {

/// A setting under the name that the API has for it. Settings that name programs, scripts, tokens or
/// addresses, or say where the queue is, are not among them: nobody changes those from a browser.
struct ConfigField {
  Field field;
  std::string key;  ///< Of the settings; empty: always `fixed`.
  Json fixed = {};
};
const std::vector<ConfigField>& config_fields();
/// What a POST may name.
std::vector<Field> config_body();

/// {name: value}, and under "sources" where each value came from. `queue_db` and `registry_db` are
/// shown and cannot be changed. No secrets are among them.
Json config_json(const Settings& settings);

/// The overrides after a change: what `body` (checked by config_body()) names is changed, and nothing
/// else.
/// Throws Refused (400) naming the field: a path that is not absolute, or a value that is fixed.
std::vector<Given> changed_overrides(std::vector<Given> overrides, const Json& body);

/// What should be said of a change that is in force: fields that the environment or an option of this
/// server sets win over it.
std::vector<std::string> config_warnings(const Settings& settings, const Json& body);

}  // namespace contimg::status
