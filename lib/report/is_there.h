// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/filesystem.hpp>
#include <string>

namespace contimg::report {

/// True when a path leads to something; what cannot be looked at, and the empty path, are not there.
inline bool is_there(const std::string& path) {
  boost::system::error_code error;
  return boost::filesystem::exists(path, error);
}

}  // namespace contimg::report
