// SPDX-License-Identifier: GPL-3.0-or-later
/// Words of files and options on their way into settings, rows and messages.
#pragma once

#include <string>
#include <vector>

namespace contimg {

/// The words as one text, the separator between them; there is none before the first word that is not empty.
std::string joined(const std::vector<std::string>& words, const char* separator = ", ");

/// The text without the blanks, tabs, carriage returns and line feeds at its ends.
std::string trimmed(const std::string& text);

/// The text with each byte as std::tolower() has it.
std::string lowered(std::string text);

}  // namespace contimg
