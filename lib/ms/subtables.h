// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <casacore/ms/MeasurementSets/MeasurementSet.h>

#include "ms/description.h"

namespace contimg::ms {

/// Fills the subtables of a new Measurement Set, whose default subtables were created, in
/// casacore's layout. Every subtable gets the rows that MAIN refers to; SYSCAL, WEATHER, FLAG_CMD
/// stay empty.
void fill_subtables(casacore::MeasurementSet& set, const Description& description);

}  // namespace contimg::ms
