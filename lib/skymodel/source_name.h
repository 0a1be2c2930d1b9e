// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "astro/direction.h"

namespace contimg::skymodel {

/// The form in which names are compared: upper case, without blanks. "3c 286" gives "3C286".
std::string name_key(const std::string& name);

/// Name from a J2000 position as the IAU has it, truncated: "J1331+3030".
std::string j_name(const astro::Direction& position);

/// The same to the second: "J133108+303032"; for lists without names.
std::string long_j_name(const astro::Direction& position);

/// "13h31m08.2880s +30d30'32.959\"", for messages.
std::string format_position(const astro::Direction& position);

}  // namespace contimg::skymodel
