// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "flag/flag_ms.h"
#include "queue/queue.h"

namespace contimg::flag {

/// The flag stage as a part of a conversion (convert-group --flag): the set is flagged before it
/// gets its name, while its DATA are still in the system's memory, with the same function as by
/// flag-ms, and with the same flags. The stage's job is then recorded as flag-ms would record it.
///
///     hook()      for the conversion, to be called with the path of the partial set
///     present()   when the set has its name
///     record()    when the conversion's own job is recorded; or require(), without a queue
class InConversion {
 public:
  /// Does nothing unless `wanted`.
  InConversion(const Settings& settings, bool wanted) : settings_(settings), wanted_(wanted) {}

  /// What flags the set; empty when that is not wanted. A set that is refused because too much
  /// would be flagged is left as it is, and the conversion goes on. Throws as flag_ms() for
  /// everything but DataError; `check` is that of an Observer.
  std::function<void(const std::string& path)> hook(const std::function<void()>& check);

  /// Draws and logs what was found in the set, which is under `ms_path` now.
  void present(const std::string& ms_path);

  /// Ends the group's flag job: done, with shares and picture, when the set was flagged. Otherwise
  /// the job stays ready for flag-ms, which will say what is wrong; so it does when somebody else
  /// has it already, whose flags will be the same.
  void record(queue::Queue& queue, const std::string& group_id);

  /// Throws DataError when the set was refused.
  void require() const;

  /// A line of JSON about what was found, to be printed after the conversion's; empty when
  /// nothing was flagged.
  std::string json_line(const std::string& group_id) const;

 private:
  void flag_set(const std::string& path, const std::function<void()>& check);

  Settings settings_;
  bool wanted_;
  std::optional<Report> report_;
  std::string refused_;
};

}  // namespace contimg::flag
