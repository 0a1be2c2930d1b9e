// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "base/atomic_output.h"

namespace contimg::ms {

/// What makes a change of a finished Measurement Set survive being killed at any moment.
///
/// casacore writes a table's small files (description, keywords, headers of storage managers) anew
/// in their place, so a process that is killed then leaves a table that nobody can open. Before a
/// stage changes anything they are copied, with those of HISTORY, to
///
///     <set>/CONTIMG_CHANGE/stage         name of the stage
///     <set>/CONTIMG_CHANGE/main/...      table.dat, table.f0, ... but not the tiles (*_TSM*)
///     <set>/CONTIMG_CHANGE/HISTORY/...
///
/// The folder exists from before the first change until after the last has reached the disk; while
/// it does, Reader refuses the set. After a kill, whoever next takes the SetLock puts the copies
/// back: the set is then of one piece (columns that were being added are gone), its tiles may be
/// half changed, and it stays refused until the same stage has run again to its end.
class Change {
 public:
  /// Keeps the files of a set and makes the copies durable; where an earlier change was not
  /// finished, its copies serve again. The set's SetLock must be held. Throws TemporaryError.
  Change(const std::string& set_path, const std::string& stage);
  /// Ends the change: everything it did must be durable by now.
  void finish();

 private:
  std::string folder_;
};

/// The stage whose change of a set was not finished; empty: none.
std::string unfinished_change(const std::string& set_path);

/// Puts back the small files as they were before a change that was not finished, if there is one,
/// and removes what killed processes left of copies. The set's SetLock must be held.
/// May be killed and called again.
void take_back_unfinished(const std::string& set_path);

}  // namespace contimg::ms
