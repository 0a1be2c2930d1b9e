// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

namespace contimg::skymodel {

/// An angle as it was written.
struct AngleText {
  double value = 0;          ///< In whole hours or degrees, whichever was meant; sign included.
  bool sexagesimal = false;  ///< It had minutes.
  char unit = ' ';           ///< 'h' or 'd' when the text says so.
};

/// Reads "187.5", "12:30:00.5", "12 30 00.5", "12h30m00.5s", "-00d04'24.086\"", "-0.073". The sign
/// is taken from the text, so that -00d keeps it. Nothing when it is no angle, or minutes or
/// seconds are 60 or more.
std::optional<AngleText> read_angle(const std::string& text);

/// A finite number that is the whole of the text (blanks around it do not count), or nothing.
std::optional<double> read_number(const std::string& text);

}  // namespace contimg::skymodel
