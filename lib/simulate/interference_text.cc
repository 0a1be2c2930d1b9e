// SPDX-License-Identifier: GPL-3.0-or-later
#include "simulate/interference_text.h"

#include <cstdlib>
#include <sstream>

#include "base/error.h"

namespace contimg::simulate {

std::string interference_kind(const std::string& text) { return text.substr(0, text.find(':')); }

void read_interference_numbers(const std::string& text,
                               const std::map<std::string, double*>& field_of_name,
                               const std::string& expected) {
  std::istringstream stream(text);
  std::string option;
  std::getline(stream, option, ':');
  while (std::getline(stream, option, ':')) {
    const auto equals = option.find('=');
    const std::string value = equals == std::string::npos ? "" : option.substr(equals + 1);
    const auto field = field_of_name.find(option.substr(0, equals));
    char* end = nullptr;
    const double number = std::strtod(value.c_str(), &end);
    if (field == field_of_name.end() || value.empty() || *end != '\0')
      throw UsageError("--rfi " + text + ": expected " + expected);
    *field->second = number;
  }
}

}  // namespace contimg::simulate
