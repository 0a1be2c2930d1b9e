// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/settings.h"

namespace contimg::diagnostics {

/// What collect-diagnostics is asked for.
struct Request {
  std::string output;  ///< The archive; empty: contimg-diagnostics-HOST-UTC.tar.gz here.
  bool overwrite = false;
  std::string fault;  ///< Why there are no settings; empty: they are in force.
};

/// One file of the archive: its path in it, what it is, and how it is made. What making it throws
/// becomes its contents, and is listed as missing.
struct Section {
  std::string path, about;
  std::function<std::string()> text;
};

/// All sections of the archive, in the order of its README.
std::vector<Section> sections(const contimg::Settings& settings, const std::string& fault);

/// The parts of sections().
std::vector<Section> machine_sections(const contimg::Settings& settings);
std::vector<Section> settings_sections(const contimg::Settings& settings, const std::string& fault);
std::vector<Section> queue_sections(const contimg::Settings& settings);
std::vector<Section> log_sections(const contimg::Settings& settings);

/// Writes all sections, each through redact() and at most 1 MB of each (its end), and a README.txt that says
/// what is there and what is missing, into one tar.gz. Works without settings, queue or room for
/// more than the archive. Returned: its path.
/// Throws DataError when the archive is there already, TemporaryError when it cannot be written.
std::string collect(const contimg::Settings& settings, const Request& request);

/// What a command prints on both streams, and its exit code when that is not 0; at most `timeout_s` long.
/// A missing program is said, not thrown. Given: program and arguments.
std::string output_of(const std::vector<std::string>& command, double timeout_s = 20);

/// The last `n_line` lines of a file, without secrets, also those that begin before the lines.
/// Throws TemporaryError when it cannot be read.
std::string last_lines(const std::string& path, std::size_t n_line);

}  // namespace contimg::diagnostics
