// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "convert/plan.h"

namespace contimg::convert {

/// How far a conversion had come when it was last made durable. The file is
/// `<checkpoint-dir>/<group_id>.checkpoint.uvh5`, an HDF5 file with three datasets:
///
///     Checkpoint/partial            path of the unfinished Measurement Set
///     Checkpoint/fingerprint        inputs and layout, as text: see fingerprint()
///     Checkpoint/integrations_done  integrations whose visibilities are on disk
struct Checkpoint {
  std::string partial;
  std::string fingerprint;
  std::size_t integrations_done = 0;
};

std::string checkpoint_path(const std::string& folder, const std::string& group_id);

/// Writes it aside, fsyncs and renames it.
void write_checkpoint(const std::string& path, const Checkpoint& checkpoint);

/// Nothing when there is none, or when it cannot be read: then the conversion starts afresh.
std::optional<Checkpoint> read_checkpoint(const std::string& path);

/// What must be the same for a conversion to be gone on with: path, size, time of modification
/// and inode of each input, the layout, the phase centre and the version of contimg.
/// Throws DataError when an input has vanished.
std::string fingerprint(const Group& group, const Layout& layout, const std::string& earth);

}  // namespace contimg::convert
