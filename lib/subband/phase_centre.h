// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/hdf5.h"
#include "subband/summary.h"

namespace contimg::subband {

/// Fills in phase_type, pointing_dec_rad and phase_centre, from whichever of these the file has:
/// Header/phase_type, Header/phase_center_catalog (UVH5 1.0 keyed by name, later by number), the
/// scalars phase_center_ra, _dec, _app_dec, and extra_keywords/phase_center_dec.
///
/// Throws DataError if none gives a centre, if rows have different centres, or if the centre is
/// given in a frame other than ICRS or FK5 (J2000).
void read_phase_centre(const hdf5::File& file, Summary& summary);

}  // namespace contimg::subband
