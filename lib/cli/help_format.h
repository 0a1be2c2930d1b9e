// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace contimg::cli {

/// How --help shows an option: "  --max-retries N [3]    Failures after which ...". The manuals
/// are held to this (scripts/check-manuals).
class HelpFormat : public CLI::Formatter {
 public:
  std::string make_option_name(const CLI::Option* option, bool is_positional) const override;
  std::string make_option_opts(const CLI::Option* option) const override;
};

}  // namespace contimg::cli
