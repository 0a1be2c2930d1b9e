// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "status/route.h"

/// What changes something. Each is one or a few transactions of the queue; work is left to the tools.
namespace contimg::status {

/// Lets claims go on, or holds them back with the reason "stopped from the API by ...".
Answer start_automation(const Asked& asked);
Answer stop_automation(const Asked& asked);
/// Lets claims go on, frees what dead workers hold, and asks the tick to end after the groups in work,
/// so that the next begins with the configuration as it is now.
Answer restart_automation(const Asked& asked);
/// Changes what the body names, after it was checked together with all else; effective when tools start.
Answer change_config(const Asked& asked);

/// Conversions of groups, with a priority.
Answer ask_conversions(const Asked& asked);
Answer retry(const Asked& asked);
/// A stage of a group, and those after it, once more.
Answer reprocess(const Asked& asked);
/// The same of several groups, for the stage that is named.
Answer ask_stage(const Asked& asked, const std::string& stage);

Answer create_mosaic(const Asked& asked);
Answer delete_mosaic(const Asked& asked);

}  // namespace contimg::status
