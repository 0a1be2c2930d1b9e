// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace contimg::status {

/// A file of the dashboard (lib/status/pages), as it was when the program was built.
struct Page {
  const char* name;  ///< "app.js"
  const unsigned char* bytes;
  std::size_t size;
};
/// All of them. Made by cmake/embed.cmake.
const std::vector<Page>& pages();

/// The type by a name's ending: "text/html; charset=utf-8", ...
std::string page_type(const std::string& name);

}  // namespace contimg::status
