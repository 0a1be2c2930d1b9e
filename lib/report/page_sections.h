// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "report/night_page.h"

namespace contimg::report {

/// The sections of the page, each from the whole report.
std::string verdict_section(const Json& report);
std::string coverage_section(const Json& report);
std::string keep_up_section(const Json& report);
std::string failures_section(const Json& report);
std::string missing_section(const Json& report);
std::string calibration_section(const Json& report);
std::string images_section(const Json& report, const std::vector<Thumbnail>& thumbnails);
std::string mosaics_section(const Json& report);
std::string variables_section(const Json& report);
/// Empty where nothing was ever put in.
std::string injection_section(const Json& report);
std::string notices_section(const Json& report);
std::string disk_section(const Json& report);
std::string versions_section(const Json& report);

}  // namespace contimg::report
