// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/atomic_output.h"
#include "fits/wcs.h"

namespace contimg::fits {

/// Puts cards (instead of older ones of the same keyword) and a new HISTORY (instead of the old one)
/// into the header of a product that is written and not yet committed: what is known only once the
/// pixels are. Cheap where the header has room, so write as many cards and lines as there will be;
/// else the pixels are moved. The header's checksum is renewed.
/// Throws TemporaryError for the disk.
void amend_header(const AtomicOutput& product, const std::vector<Card>& cards,
                  const std::vector<std::string>& history);

}  // namespace contimg::fits
