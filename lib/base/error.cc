// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"

#include <cstdio>

namespace contimg {
namespace {

// C0 without tab and line feed, DEL, and C1 as UTF-8 has it (C2 80 to C2 9F).
bool is_control(const std::string& text, std::size_t i) {
  const auto code = [&text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  if (code(i) < 0x20 || code(i) == 0x7f) return text[i] != '\n' && text[i] != '\t';
  return code(i) == 0xc2 && i + 1 < text.size() && code(i + 1) >= 0x80 && code(i + 1) < 0xa0;
}

}  // namespace

std::string printable(const std::string& text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_control(text, i)) {
      result += text[i];
      continue;
    }
    char escaped[8];
    std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<unsigned char>(text[i]));
    result += escaped;
  }
  return result;
}

}  // namespace contimg
