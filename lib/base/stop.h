// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

namespace contimg {

/// Thrown by check_stop() when the process was asked to end: the work is not at fault, the claim
/// is released, and no retry is counted.
class Stopped : public TemporaryError {
 public:
  using TemporaryError::TemporaryError;
};

/// Makes TERM, INT and HUP set a flag that check_stop() reads, instead of ending the process.
/// Called once by run_tool(). The flag is the one piece of global state that signals demand.
void install_stop_handler();

/// True after TERM, INT or HUP.
bool stop_requested();

/// Throws Stopped after TERM, INT or HUP. Long work calls this at points where it can be
/// abandoned, at least once a second.
void check_stop();

}  // namespace contimg
