// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "skymodel/source_list.h"
#include "skymodel/text_table.h"

namespace contimg::fuzz {

/// Holds a list of sources to what catalogues promise: places on the sky, finite numbers, names that
/// can be printed.
void check_sources(const skymodel::SourceList& list);

/// Reads a table of sources with the columns that its titles suggest, and checks them.
void read_sources(const std::string& path, skymodel::TextTable& table);

/// Reads `bytes` as a list in this format ("vla", "csv", "fits", "votable") and, if it is one, makes a
/// catalogue of it, finds each source again by place, and sees that a second import changes nothing.
void import_list(const std::string& format, const std::string& bytes);

}  // namespace contimg::fuzz
