// SPDX-License-Identifier: GPL-3.0-or-later
/// The table that describes every setting: its names in file, environment and options, its limits.
#pragma once

#include <limits>
#include <string>
#include <variant>
#include <vector>

#include "base/settings.h"

namespace contimg {

/// One row of the table that describes every setting.
struct Setting {
  using Field =
      std::variant<std::string Settings::*, int Settings::*, double Settings::*, bool Settings::*,
                   std::vector<std::string> Settings::*, PartialPolicy Settings::*,
                   GroupOrder Settings::*, PhaseCentres Settings::*, LogLevel Settings::*>;
  std::string key;          ///< "paths.output_dir": table and key in the configuration file.
  std::string option;       ///< "--output-dir"
  std::string environment;  ///< "CONTIMG_OUTPUT_DIR"
  std::string unit;         ///< Of the value, as --help shows it: "DIR", "S", "N", a list of words.
  Field field;
  std::string help;                       ///< One line, with a full stop.
  std::string under_root = {};            ///< Default path below paths.root, when it has one.
  std::vector<std::string> choices = {};  ///< Words of an enumeration, in its order, or of a list.
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  std::string alias = {};          ///< A second name of the option: "--max-workers".
  std::string shown_default = {};  ///< Where the default is computed: "cores / 2".
};

/// Every setting, in the order of the configuration file.
const std::vector<Setting>& settings_table();

/// The row with this key, or null. Aliases count ("pipeline.max_workers").
const Setting* find_setting(const std::string& key);

/// The value of one setting as an operator would write it.
std::string setting_text(const Settings& settings, const Setting& row);
/// Its default, as --help and the documents show it; empty when there is none.
std::string default_text(const Setting& row);

}  // namespace contimg
