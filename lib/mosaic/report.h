// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "mosaic/stage.h"

namespace contimg::mosaic {

/// What would be added up: a table for people.
std::string plan_text(const MosaicPlan& plan);
/// The same on one line of JSON.
std::string plan_json(const MosaicPlan& plan);

/// One line of JSON: stage, name, product, state, seconds, figures and verdict.
std::string to_json(const StageReport& report);

/// Logs what was left out, and why.
void log_plan(const MosaicPlan& plan);
/// Logs what an operator looks for, with a warning for a verdict other than PASS.
void log_report(const StageReport& report, bool profile);

}  // namespace contimg::mosaic
