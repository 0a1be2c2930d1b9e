// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace contimg {

/// What kind of filesystem a path is on, as far as SQLite's locks are concerned.
struct Filesystem {
  enum class Kind {
    local,     ///< One host's disk or memory: locks work.
    doubtful,  ///< FUSE block device, overlay: locks usually work; try before relying on them.
    network,   ///< NFS, CIFS, Lustre, GPFS, Ceph, sshfs, ...: locks cannot be trusted.
  };
  Kind kind = Kind::local;
  std::string name;  ///< "NFS", "fuse.sshfs", ...; empty for an ordinary local one.
};

/// The filesystem of a path, or of the nearest folder above it that exists.
Filesystem filesystem_of(const std::string& path);

/// The rule behind it. Given: statfs's f_type, and the type in /proc/self/mountinfo (needed to
/// tell one FUSE filesystem from another).
Filesystem classify_filesystem(long magic, const std::string& mount_type);

/// Bytes that an ordinary user may still write at a path, or at the nearest folder above it that
/// exists; negative when that cannot be found out.
double available_byte(const std::string& path);

}  // namespace contimg
