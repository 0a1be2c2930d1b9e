// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "base/settings.h"

/// Why a product is as it is, and how a night went.
namespace contimg::report {

/// What is asked: a subject, or a source at an epoch.
struct WhyRequest {
  std::string subject;  ///< A group's id, a mosaic's name, or a path; find_subject().
  std::string source;   ///< With `epoch`: a name, or "#N".
  std::string epoch;    ///< A group's id, or a path of one of its products.
  bool json = false;    ///< One object on one line, instead of text.
};

/// Answers from the queue, the products on disk, and for a source the databases of measurements and light
/// curves; changes nothing. The text's first line says how the subject stands and, where it failed or
/// waits, why and which command mends it.
/// Throws UsageError for a question that is none, or about something unknown.
std::string why(const Settings& settings, const WhyRequest& request);

}  // namespace contimg::report
