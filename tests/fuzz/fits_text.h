// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace contimg::fuzz {

/// A FITS file of an input that is easier to mutate: lines of the header, each made a card of 80
/// characters; END, after which a header is filled to 2880 bytes; then the data up to a line that
/// begins with XTENSION, filled too. Input that has no line break within its first 81 bytes is a FITS
/// file as it is.
inline std::string fits_of_text(const std::string& text) {
  constexpr std::size_t kCard = 80, kBlock = 2880;
  if (text.substr(0, kCard + 1).find('\n') == std::string::npos) return text;
  std::string file;
  const auto fill = [&file](char with) {
    file.resize((file.size() + kBlock - 1) / kBlock * kBlock, with);
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string card = text.substr(at, end - at);
    const bool is_last = card == "END";
    card.resize(kCard, ' ');
    file += card;
    at = end + 1;
    if (!is_last) continue;
    fill(' ');
    const std::size_t next = std::min(text.find("\nXTENSION", at), text.size());
    if (at < next) file += text.substr(at, next - at);
    fill('\0');
    at = next + 1;
  }
  return file;
}

}  // namespace contimg::fuzz
