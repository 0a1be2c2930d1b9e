// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "base/setting.h"

namespace contimg {

/// Rows of [slurm], [watchdog], [notify], [retention] and [serve] (settings_table()).
std::vector<Setting> operations_rows();

}  // namespace contimg
