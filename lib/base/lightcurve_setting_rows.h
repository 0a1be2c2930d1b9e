// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/setting.h"

namespace contimg {

/// The rows of [lightcurve] in settings_table().
std::vector<Setting> lightcurve_rows();

}  // namespace contimg
