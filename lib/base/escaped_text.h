// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace contimg {

/// Text as a field of CSV (RFC 4180): in quotes where it has a comma, a quote or a line break.
std::string csv_field(const std::string& text);

/// A number as such a field, by a format of printf(); empty when it is not finite.
std::string csv_number(double value, const char* format);

/// Text as it may stand in XML, in attributes too.
std::string xml_text(const std::string& text);

}  // namespace contimg
