// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/setting.h"

namespace contimg {

/// The rows of [metrics] in settings_table().
std::vector<Setting> metrics_rows();

}  // namespace contimg
