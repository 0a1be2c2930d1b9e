// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "registry/registry.h"
#include "report/ask.h"
#include "report/comparison.h"

namespace contimg::report {

/// Everything that tells why a group and its products are as they are.
///
/// Returned: an object. "headline" says how the group stands and, when it failed or waits, why and which
/// command mends it; then "group", "inputs", "calibration", "stages" (state, version, command line,
/// times), "attempts", "quality" (each figure with its limits), "step" (in force when it was imaged),
/// "products" (and whether they are there), "history", "notices", "compared_with" (the last earlier group
/// of its class whose image passed, and what differs, the largest first).
/// Throws UsageError for an unknown group.
Json explain_group(registry::Registry& registry, const std::string& group_id);

/// The parts, each of one group.
Json inputs_of(Database& db, const std::string& group_id);
Json stages_of(Database& db, const std::string& group_id);
Json quality_of(Database& db, const std::string& group_id);
Json products_of(Database& db, const std::string& group_id);
/// {"text", "state", "advice", "command"}; the last two only where a person is wanted.
Json headline_of(Database& db, const std::string& group_id);
Portrait portrait_of(Database& db, const std::string& group_id);
Json compared_with_last_good(Database& db, const std::string& group_id);

}  // namespace contimg::report
