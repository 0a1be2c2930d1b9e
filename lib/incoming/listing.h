// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "queue/file_record.h"

namespace contimg::incoming {

/// A file of the incoming folder whose name is that of a finished subband.
struct Entry {
  std::string path;  ///< The folder's path, a slash, and the name below it.
  queue::FileIdentity identity;
  bool misnamed = false;  ///< Ends in `_sb??.hdf5`, but stamp or number cannot be read.
};

/// What a pass over the incoming folder found.
struct Listing {
  std::vector<Entry> entries;
  std::vector<std::string> folders;  ///< All that were listed, the first included.
  std::vector<std::string> unreadable_folders;
  std::size_t n_incomplete = 0;  ///< Files that the correlator is still writing.
};

/// Lists a folder, and those below it when `recursive`: one readdir and one fstatat per
/// candidate, no file is opened. Hidden folders and symbolic links to folders are not entered;
/// links to files are followed. Names that vanish meanwhile are left out.
/// Throws UsageError when `folder` does not exist or is no folder, TemporaryError when it cannot
/// be read, Stopped on request.
Listing list_incoming(const std::string& folder, bool recursive);

/// The absolute path of a folder without links, dots and a last slash, so that one file has one
/// name in the queue. Throws as list_incoming().
std::string real_folder(const std::string& folder);

/// The entry for one path; nothing if it is not a regular file with a subband's name.
std::optional<Entry> look_at(const std::string& path);

/// Inode, size and time of change of any file; nothing if there is none.
std::optional<queue::FileIdentity> identity_of_path(const std::string& path);

}  // namespace contimg::incoming
