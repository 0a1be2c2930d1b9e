// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include "skymodel/catalogue.h"

namespace contimg::skymodel {

/// A source on its way into a catalogue; `source.id` does not count.
struct NewSource {
  CatalogueSource source;
  std::vector<std::string> aliases;
};

/// Writes a catalogue file whole: aside, flushed, renamed. Sources are numbered along the sky so
/// that those of one place lie together in the file; every 64 of them have one box of unit vectors
/// in the R*Tree, which so has no seam at RA 0 and no pole. Sources that share their own name get
/// the aliases NAME#1, NAME#2 in the order given.
///
/// The order of `sources` is changed. Throws ProductExists when `path` exists and `overwrite` is
/// false, TemporaryError on failure to write.
void write_catalogue(const std::string& path, std::vector<NewSource>& sources,
                     const std::map<std::string, std::string>& meta, bool overwrite);

}  // namespace contimg::skymodel
