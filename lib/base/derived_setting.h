// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/setting.h"

namespace contimg {

/// A row of settings_table() whose option and variable follow from its key: `image.pb_cut` is
/// `--pb-cut` and `CONTIMG_PB_CUT`.
Setting derived_setting(const std::string& table, const std::string& key, const char* unit,
                        Setting::Field field, const char* help, double min, double max);

}  // namespace contimg
