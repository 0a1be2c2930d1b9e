// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/ask.h"

#include <algorithm>

namespace contimg::report {

std::string sound_text(const std::string& text) {
  constexpr unsigned char kDelete = 0x7f, kFirstPrintable = 0x20, kFirstBeyondAscii = 0x80;
  std::string result = text;
  bool ascii = true;
  for (char& c : result) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < kFirstPrintable && c != '\n' && c != '\t') || byte == kDelete) c = ' ';
    ascii = ascii && byte < kFirstBeyondAscii;
  }
  if (ascii) return result;
  // The library knows UTF-8: it writes a replacement for what is none, and reads it back.
  return Json::parse(Json(result).dump(-1, ' ', false, Json::error_handler_t::replace))
      .get<std::string>();
}

}  // namespace contimg::report
