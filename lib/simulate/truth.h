// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "simulate/instrument.h"
#include "simulate/sky.h"
#include "simulate/structured.h"

namespace contimg::simulate {

/// All that went into a group.
struct GroupTruth {
  const Settings& settings;
  const GroupPlan& group;
  const Instrument& instrument;
  const std::vector<std::size_t>& stations;
  const std::vector<Emitter>& emitters;
  const astro::EarthOrientation& earth;
  double pointing_dec_rad;
  /// [baseline in the correlator's order]; empty: there is none.
  const std::vector<std::vector<StructuredEvent>>& structured;
};

/// What the tools should make of a group when all its files are there: "complete", or "incomplete"
/// when fewer members than subbands asked for remain.
std::string expected_outcome(const GroupPlan& group, std::size_t n_subband);

/// Writes everything needed to predict the group again as JSON (docs/formats/truth-json.md),
/// aside and renamed. Throws TemporaryError.
void write_truth(const std::string& path, const GroupTruth& truth);

/// Writes the structured interference of a group, one event a line (docs/formats/truth-json.md),
/// aside and renamed. Throws TemporaryError.
void write_structured(const std::string& path, const GroupTruth& truth);

}  // namespace contimg::simulate
