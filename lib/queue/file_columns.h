// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/sqlite.h"
#include "queue/file_record.h"

namespace contimg::queue {

/// The columns of hdf5_file_index that make a FileRecord, in the order of read_file_record().
extern const char* const kFileColumns;

/// The record in the statement's row, whose columns begin with kFileColumns.
FileRecord read_file_record(const Statement& row);

/// Writes whole rows of hdf5_file_index, replacing what a path had but its group.
class FileUpsert {
 public:
  explicit FileUpsert(Database& db);
  void run(const FileRecord& file, double seen_at_unix_s, double now_unix_s);

 private:
  void bind_file(const FileRecord& file, double seen_at_unix_s, double now_unix_s);
  void bind_header(const FileRecord& file);
  Statement statement_;
};

}  // namespace contimg::queue
