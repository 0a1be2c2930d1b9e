// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace contimg {

/// What a tool tells cron, Slurm or a shell when it ends.
enum class ExitCode : int {
  success = 0,     ///< The work is done, or there was none to do.
  failed = 1,      ///< This piece of work failed; the same input will fail again.
  usage = 2,       ///< The command line or the configuration is wrong.
  try_again = 75,  ///< Locked queue, full disk: sysexits EX_TEMPFAIL, Slurm RequeueExit=75.
};

}  // namespace contimg
