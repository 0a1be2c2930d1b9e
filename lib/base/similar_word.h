// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace contimg {

/// ", did you mean <the nearest of `known`>?", or nothing when none is near: at most a third of
/// the letters wrong.
std::string did_you_mean(const std::string& word, const std::vector<std::string>& known);

}  // namespace contimg
