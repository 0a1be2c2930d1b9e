// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "base/settings.h"

namespace contimg::cli {

/// One thing that was looked at.
struct Finding {
  enum class Kind { right, warning, wrong };
  Kind kind;
  std::string about;    ///< A key of the settings, or a program.
  std::string message;  ///< What was found; the remedy when it is not right.
};

/// Looks at what the settings name: folders (there, writable, with room), the queue (opens, on a
/// local disk), programs, the Earth-orientation table's age, tmpfs and threads. Makes no file or folder.
/// Given: `today_mjd`, the date against which the table's age is held.
std::vector<Finding> check_settings(const Settings& settings, double today_mjd);

/// True when a finding is wrong.
bool any_wrong(const std::vector<Finding>& findings);

/// Every setting with value and source, then every finding; for people.
void print_config(std::ostream& out, const Settings& settings,
                  const std::vector<Finding>& findings);

/// The same as one JSON object {"settings": [{key, value, source}], "findings": [{kind, about,
/// message}], "ok": boolean} on one line.
void print_config_json(std::ostream& out, const Settings& settings,
                       const std::vector<Finding>& findings);

/// The same settings for a shell to evaluate: NAME='value' a line, by the names of the environment;
/// those given as options with "export" before, so that programs begun by a script get them too.
void print_config_shell(std::ostream& out, const Settings& settings);

}  // namespace contimg::cli
