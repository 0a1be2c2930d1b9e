// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/attachment.h"

namespace contimg {

Attachment::Attachment(Database& db, const std::string& path, const std::string& name)
    : db_(db), name_(name) {
  Statement(db_, "ATTACH ? AS " + name_).bind(1, path).run();
}

Attachment::~Attachment() {
  sqlite3_exec(db_.get(), ("DETACH " + name_).c_str(), nullptr, nullptr, nullptr);
}

}  // namespace contimg
