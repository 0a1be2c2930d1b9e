// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace contimg::retention {

/// A path as it is compared and recorded: absolute, without "." and "..". No link is followed.
std::string plain_path(const std::string& path);

/// Why a path may not be touched on account of where it lies; empty: it may. It must lie below
/// `folder`, reached through no symbolic link but those that lead to the folder itself, be no
/// link, and not lie inside a table of casacore's (a Measurement Set, a calibration table).
std::string why_out_of_bounds(const std::string& path, const std::string& folder);

/// True when something bears this name; a link counts, wherever it leads.
bool is_there(const std::string& path);

/// True for a folder that is a table of casacore's.
bool is_table(const std::string& path);

/// One entry of a folder, seen without following links.
struct Entry {
  std::string path;
  bool is_folder = false, is_file = false;
  double modified_unix_s = 0;  ///< Of a folder: the newest of it and of what it holds directly.
  std::int64_t size_byte = 0;  ///< Of a file.
};
/// What a folder holds, in order of name; empty when it cannot be read. Links are left out.
std::vector<Entry> entries_of(const std::string& folder);

/// Takes a folder out of sight in one step, by the name that finish_removals() knows, in the same
/// folder. Returned: where it is now. Throws TemporaryError.
std::string move_aside(const std::string& path);
/// True for the name of something that was moved aside to be removed.
bool was_moved_aside(const std::string& path);

/// Makes the removal or renaming of an entry of a folder durable. Throws TemporaryError.
void make_durable(const std::string& folder);

}  // namespace contimg::retention
