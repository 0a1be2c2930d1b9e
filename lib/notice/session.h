// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/settings.h"
#include "notice/hook.h"

namespace contimg::notice {

/// What notify is asked for.
struct Request {
  bool dry_run = false;         ///< Tell what would be told; send and record nothing.
  bool heartbeat_only = false;  ///< Only heartbeat_findings(): the queue need not be there.
  std::string state_file;       ///< Of the watchman; empty: QUEUE.notices.json.
};

/// A message that was told, or with dry_run would be.
struct Told {
  Message message;
  Json json;
  std::string fault;  ///< Why it was not delivered; empty: it was.
};

/// Looks for what needs a person, and tells what is due through notify.command, without secrets
/// (diagnostics/redact.h). What could not be delivered stays due for the next run; each delivery is
/// recorded at once. Without a command messages are logged as warnings, which counts as told. Two at
/// once on one state file: the second does nothing.
/// Throws UsageError without a queue named.
std::vector<Told> tell(const contimg::Settings& settings, const Request& request);

}  // namespace contimg::notice
