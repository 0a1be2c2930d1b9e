// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/setting.h"

namespace contimg {

/// The rows of [mosaic] in settings_table().
std::vector<Setting> mosaic_rows();

}  // namespace contimg
