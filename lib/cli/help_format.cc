// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/help_format.h"

namespace contimg::cli {

std::string HelpFormat::make_option_name(const CLI::Option* option, bool is_positional) const {
  std::string name = CLI::Formatter::make_option_name(option, is_positional);
  const std::string off = "{false}";  // how CLI11 marks --no-<flag>
  for (auto at = name.find(off); at != std::string::npos; at = name.find(off))
    name.erase(at, off.size());
  for (auto comma = name.find(','); comma != std::string::npos; comma = name.find(',', comma + 2))
    name.insert(comma + 1, " ");
  return name;
}

std::string HelpFormat::make_option_opts(const CLI::Option* option) const {
  std::string text;
  if (option->get_type_size() != 0 && !option->get_type_name().empty())
    text += " " + option->get_type_name();
  if (option->get_type_size() != 0 && option->get_items_expected_max() > 1) text += "...";
  if (!option->get_default_str().empty()) text += " [" + option->get_default_str() + "]";
  if (option->get_required()) text += " (required)";
  return text;
}

}  // namespace contimg::cli
