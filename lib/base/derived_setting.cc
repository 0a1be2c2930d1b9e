// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/derived_setting.h"

#include <algorithm>
#include <cctype>

namespace contimg {

Setting derived_setting(const std::string& table, const std::string& key, const char* unit,
                        Setting::Field field, const char* help, double min, double max) {
  std::string option = "--" + key, variable = "CONTIMG_" + key;
  std::replace(option.begin(), option.end(), '_', '-');
  for (char& c : variable) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return {table + "." + key, option, variable, unit, field, help, "", {}, min, max};
}

}  // namespace contimg
