// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "notice/ledger.h"

namespace contimg::notice {

/// How messages leave the machine.
struct Hook {
  std::string command;    ///< For /bin/sh; empty: messages are only logged.
  double timeout_s = 60;  ///< Then it is ended, and has failed.
};

/// Hands a message to the hook: JSON on stdin, CONTIMG_NOTICE_KEY, _SEVERITY, _SUBJECT and _STATE in
/// the environment. The command itself is no argument of any process, so that ps does not show it.
/// Returned: what went wrong, with the end of what the hook wrote to stderr; empty when it
/// ended with 0. Throws Stopped.
std::string deliver(const Hook& hook, const Message& message, const Json& json);

}  // namespace contimg::notice
