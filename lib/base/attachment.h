// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "base/sqlite.h"

namespace contimg {

/// While it lives, another SQLite file is part of a connection: its tables are `<name>.<table>`.
/// It must outlive every transaction and statement that uses them. Throws as Database does.
class Attachment {
 public:
  Attachment(Database& db, const std::string& path, const std::string& name);
  ~Attachment();
  Attachment(const Attachment&) = delete;
  Attachment& operator=(const Attachment&) = delete;

 private:
  Database& db_;
  std::string name_;
};

}  // namespace contimg
