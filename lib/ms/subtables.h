// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <casacore/ms/MeasurementSets/MeasurementSet.h>

#include "ms/description.h"

namespace contimg::ms {

/// Fills the subtables of a new Measurement Set, whose default subtables were created, in
/// casacore's layout. Every subtable gets the rows that MAIN refers to; SYSCAL, WEATHER, FLAG_CMD
/// stay empty.
void fill_subtables(casacore::MeasurementSet& set, const Description& description);

/// Fill one empty subtable each; calibration tables have these five of a Measurement Set's.
void fill_antennas(casacore::MSAntenna& table, const Description& description);
void fill_spectral_windows(casacore::MSSpectralWindow& table, const Description& description);
void fill_fields(casacore::MSField& table, const Description& description);
void fill_observation(casacore::MSObservation& table, const Description& description);
void fill_history(casacore::MSHistory& table, const Description& description);

}  // namespace contimg::ms
