// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include "report/night.h"

namespace contimg::report {

/// How far a slot of a night came.
enum class SlotState {
  imaged,    ///< It has an image that is not FAIL.
  poor,      ///< Its image is FAIL.
  complete,  ///< Its Measurement Set is written; there is no image yet.
  observed,  ///< Subbands came; it is not converted yet.
  failed,
  missing,  ///< Nothing came, between two groups that did.
  silent,   ///< Nothing came, before the first group or after the last.
};
const char* slot_name(SlotState state);

/// A group's slot, or a stretch of several in which nothing came.
struct Slot {
  SlotState state = SlotState::missing;
  double begin_unix_s = 0, end_unix_s = 0;
  int n = 1;             ///< Slots in the stretch.
  std::string group_id;  ///< Empty where nothing came.
  std::string why;       ///< What ails it, or empty.
};

struct Coverage {
  std::vector<Slot> slots;                   ///< The whole night, in order.
  std::map<SlotState, int> n;                ///< Slots by state.
  int n_slots = 0;                           ///< All.
  double first_unix_s = 0, last_unix_s = 0;  ///< Of what was observed; NaN: nothing.
  double observed_s = 0;                     ///< Sky time of its groups.
};

/// Puts groups (in order of time) into the night; where at least half a slot lies between two of them, or
/// at an end of the night, slots of kSlot_s are missing. Pure.
Coverage coverage_of(const Night& night, const std::vector<NightGroup>& groups);

}  // namespace contimg::report
