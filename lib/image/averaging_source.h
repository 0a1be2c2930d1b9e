// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "image/averaging.h"
#include "ms/corrected.h"

namespace contimg::image {

/// What there is to image in a set. Throws DataError where that is nothing calibrated and
/// `settings` do not allow uncalibrated data.
DataOrigin choose_origin(const ms::Reader& set, const AveragingSettings& settings);

/// Tables that are applied on the way.
std::vector<std::string> tables_of(const ms::Reader& set, DataOrigin origin,
                                   const AveragingSettings& settings);

/// Hands the set's rows to `consumer`, in the order of the file, on the caller's thread.
void for_each_block(const ms::Reader& set, DataOrigin origin, const AveragingSettings& settings,
                    const std::function<void(const ms::CorrectedRows&)>& consumer);

}  // namespace contimg::image
