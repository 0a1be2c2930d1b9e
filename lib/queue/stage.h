// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace contimg::queue {

/// What is done with a group, in the order in which it is done. Stored by name, so that the
/// queue can be read with the sqlite3 shell.
enum class Stage { convert, flag, calibrate, image, measure, lightcurve };

/// Every stage, in that order.
const std::vector<Stage>& all_stages();
/// "convert", ...
std::string stage_name(Stage stage);
/// The names of all of them.
std::vector<std::string> stage_names();
/// Throws UsageError for a word that is no stage.
Stage stage_from(const std::string& name);
std::vector<Stage> stages_from(const std::vector<std::string>& names);

/// The stage that follows among the enabled ones; nothing after the last.
std::optional<Stage> next_stage(Stage stage, const std::vector<Stage>& enabled);

}  // namespace contimg::queue
