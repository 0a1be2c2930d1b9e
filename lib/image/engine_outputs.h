// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "image/engine.h"

namespace contimg::image {

/// Reads into `run` what WSClean wrote: the FITS files `w-*.fits` of the folder, each taken for what
/// the last word of its name says; where the band was cleaned in parts, those of the whole band
/// (MFS). Throws DataError when there is no image, or it is blank throughout.
void read_engine_outputs(const std::string& folder, EngineRun& run);

}  // namespace contimg::image
