// SPDX-License-Identifier: GPL-3.0-or-later
#include "skymodel/angle_text.h"

#include <cctype>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "base/text.h"

namespace contimg::skymodel {
namespace {

bool digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) || c == '.'; }

// "12h30m00.5s" as numbers and what follows each. False when a number is none.
bool fields_of(const std::string& text, std::vector<double>& numbers, std::string& marks) {
  std::size_t i = 0;
  while (i < text.size()) {
    const std::size_t begin = i;
    while (i < text.size() && digit(text[i])) ++i;
    const std::optional<double> number = read_number(text.substr(begin, i - begin));
    if (!number) return false;
    numbers.push_back(*number);
    const std::size_t mark = i;
    while (i < text.size() && !digit(text[i])) ++i;
    std::string between = trimmed(text.substr(mark, i - mark));
    if (between.empty()) between = i < text.size() ? ":" : " ";
    if (between.size() != 1) return false;
    marks += between;
  }
  return !numbers.empty();
}

// What may follow degrees or hours, minutes, and seconds.
bool marks_fit(const std::string& marks) {
  static const char* const fitting[] = {":hd ", ":m' ", "s\" "};
  for (std::size_t i = 0; i < marks.size(); ++i)
    if (std::string(fitting[i]).find(marks[i]) == std::string::npos) return false;
  return true;
}

}  // namespace

std::optional<double> read_number(const std::string& text) {
  const std::string bare = trimmed(text);
  if (bare.empty() || bare.find_first_not_of("0123456789.+-eE") != std::string::npos)
    return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(bare.c_str(), &end);
  if (*end != '\0' || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<AngleText> read_angle(const std::string& text) {
  if (const auto number = read_number(text)) return AngleText{*number, false, ' '};
  std::string bare = trimmed(text);
  if (bare.empty()) return std::nullopt;
  const bool negative = bare[0] == '-';
  if (bare[0] == '-' || bare[0] == '+') bare = trimmed(bare.substr(1));
  std::vector<double> numbers;
  std::string marks;
  if (!fields_of(bare, numbers, marks) || numbers.size() > 3 || !marks_fit(marks))
    return std::nullopt;
  AngleText angle;
  for (std::size_t i = numbers.size(); i-- > 1;) {
    if (numbers[i] >= 60) return std::nullopt;
    angle.value = (angle.value + numbers[i]) / 60;
  }
  angle.value += numbers[0];
  if (negative) angle.value = -angle.value;
  angle.sexagesimal = numbers.size() > 1;
  if (marks[0] == 'h' || marks[0] == 'd') angle.unit = marks[0];
  return angle;
}

}  // namespace contimg::skymodel
