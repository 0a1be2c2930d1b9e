// SPDX-License-Identifier: GPL-3.0-or-later
#include "status/readers.h"

#include <sys/stat.h>

namespace contimg::status {

Statement& Reader::prepared(const std::string& sql) {
  auto found = statements_.find(sql);
  if (found == statements_.end())
    found = statements_
                .emplace(std::piecewise_construct, std::forward_as_tuple(sql),
                         std::forward_as_tuple(database_, sql))
                .first;
  found->second.reset();
  return found->second;
}

void Reader::rest() noexcept {
  for (auto each = statements_.begin(); each != statements_.end();) {
    try {
      each->second.reset();
      ++each;
    } catch (const Error&) {
      each = statements_.erase(each);  // It tells once more how its last step failed.
    }
  }
}

FileIdentity identity_of(const std::string& path) {
  struct stat about = {};
  if (::stat(path.c_str(), &about) != 0) return {};
  return {about.st_dev, about.st_ino};
}

std::int64_t count_of(Reader& reader, const char* sql) {
  Statement& count = reader.prepared(sql);
  count.step();
  const std::int64_t n = count.integer(0);
  count.reset();
  return n;
}

}  // namespace contimg::status
