// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "report/ask.h"

namespace contimg::report {

/// A small picture in the page.
struct Thumbnail {
  std::string group_id, verdict, caption;
  std::string png;  ///< The file's bytes.
};

/// The report as one page that needs nothing else: no script, nothing from elsewhere; light or dark as the
/// reader's system is, and to be printed. Well-formed as XML too. Whatever text comes from the queue is
/// escaped.
/// Given: what night_report() gathers. Pure.
std::string night_page(const Json& report, const std::vector<Thumbnail>& thumbnails);

/// Bytes as base64 (RFC 4648), without line breaks.
std::string base64(const std::string& bytes);

}  // namespace contimg::report
