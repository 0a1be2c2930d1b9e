// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "queue/claim.h"

namespace contimg::queue {

/// What this process has used so far, for work that began `wall_s` ago and ends now: processor time and
/// most memory, `with_programs` those of the programs that it ran and waited for too. Bytes are not known.
StageMetrics process_metrics(double wall_s, bool with_programs = false);

}  // namespace contimg::queue
