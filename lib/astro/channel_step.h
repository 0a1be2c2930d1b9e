// SPDX-License-Identifier: GPL-3.0-or-later
/// The step between channels, where there is one: phases then follow by multiplication.
#pragma once

#include <optional>
#include <vector>

namespace contimg::astro {

/// The step of channels that all lie within 1 Hz of an even row, signed, in Hz; 0 for fewer than
/// two; nothing for channels that do not.
std::optional<double> even_step_hz(const std::vector<double>& frequency_hz);

}  // namespace contimg::astro
