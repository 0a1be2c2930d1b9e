// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/byte_text.h"

#include <cstdio>

namespace contimg {

std::string gigabytes(double byte) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g GB", byte / kBytesPerGb);
  return text;
}

}  // namespace contimg
