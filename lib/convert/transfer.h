// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "convert/integration.h"
#include "convert/plan.h"
#include "ms/writer.h"

namespace contimg::convert {

/// Moves the visibilities of a planned conversion into its Measurement Set.
///
/// `n_thread` threads read and rotate, one subband of one integration at a time, while the
/// calling thread writes the integration before; three integrations are in memory at once (about
/// 70 MB each at full size). Integrations before `first_time` are taken as written already.
/// `after_integration(t)` is called by the calling thread when integration t has been handed to
/// casacore; what it throws ends the transfer.
///
/// Returns what was found. Rethrows the first error of any thread.
Findings transfer(const Plan& plan, ms::Writer& writer, std::size_t first_time,
                  std::size_t n_thread, const std::function<void(std::size_t)>& after_integration);

}  // namespace contimg::convert
