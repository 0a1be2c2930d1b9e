// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/sqlite.h"
#include "queue/parcel.h"

namespace contimg::queue {

/// The columns of a table, quoted, without those named, for a statement that copies rows between
/// files of one schema whose columns may be in another order.
std::vector<std::string> columns_of(Database& db, const std::string& table,
                                    const std::vector<std::string>& except = {});

/// Fills a new queue with the rows of one group from the queue at `queue_path`, which is only
/// read, and writes its label. The group's claimed job is ready in it.
/// Returned: the label as it was written.
ParcelLabel fill_parcel(Database& parcel, const std::string& queue_path, ParcelLabel label);

}  // namespace contimg::queue
