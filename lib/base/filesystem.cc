// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/filesystem.h"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include <boost/filesystem.hpp>
#include <fstream>
#include <set>
#include <sstream>

namespace contimg {
namespace {

struct Magic {
  unsigned long value;
  const char* name;
};
// From linux/magic.h and the filesystems' own sources; as unsigned 32-bit numbers.
constexpr Magic kNetwork[] = {
    {0x6969, "NFS"},        {0xff534d42, "CIFS"},   {0x517b, "SMB"},       {0xfe534d42, "SMB2"},
    {0x0bd00bd0, "Lustre"}, {0x47504653, "GPFS"},   {0x00c36400, "Ceph"},  {0x5346414f, "AFS"},
    {0x6b414653, "AFS"},    {0x19830326, "BeeGFS"}, {0xaad7aaea, "PanFS"}, {0x20030528, "OrangeFS"},
    {0x73757245, "Coda"},   {0x01161970, "GFS2"},   {0x7461636f, "OCFS2"},
};
constexpr unsigned long kFuse = 0x65735546;
constexpr unsigned long kOverlay = 0x794c7630;
constexpr unsigned long kPlan9 = 0x01021997;

// The FUSE filesystems whose storage is on this host; every other fuse.* may be remote.
bool is_local_fuse(const std::string& type) {
  static const std::set<std::string> local = {
      "fuseblk",    "fuse",           "fuse.fuse-overlayfs", "fuse.bindfs", "fuse.mergerfs",
      "fuse.encfs", "fuse.gocryptfs", "fuse.ntfs-3g",        "fuse.zfs"};
  return local.count(type) > 0;
}

boost::filesystem::path existing_part(const std::string& path) {
  boost::system::error_code error;
  boost::filesystem::path place = boost::filesystem::absolute(path);
  while (!boost::filesystem::exists(place, error) && place.has_relative_path())
    place = place.parent_path();
  return place;
}

std::string mount_type_of(const boost::filesystem::path& place) {
  struct stat status {};
  if (stat(place.c_str(), &status) != 0) return "";
  const std::string device =
      std::to_string(major(status.st_dev)) + ":" + std::to_string(minor(status.st_dev));
  std::ifstream mounts("/proc/self/mountinfo");
  std::string type;
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words(line);
    std::string id, parent, numbers;
    words >> id >> parent >> numbers;
    const std::size_t separator = line.find(" - ");
    if (numbers != device || separator == std::string::npos) continue;
    std::istringstream(line.substr(separator + 3)) >> type;
  }
  return type;
}

}  // namespace

Filesystem classify_filesystem(long magic, const std::string& mount_type) {
  const unsigned long number = static_cast<unsigned long>(magic) & 0xffffffffUL;
  for (const Magic& known : kNetwork)
    if (number == known.value) return {Filesystem::Kind::network, known.name};
  if (number == kFuse)
    return {is_local_fuse(mount_type) ? Filesystem::Kind::doubtful : Filesystem::Kind::network,
            mount_type.empty() ? "fuse" : mount_type};
  if (number == kOverlay) return {Filesystem::Kind::doubtful, "overlay"};
  if (number == kPlan9) return {Filesystem::Kind::doubtful, "9p"};
  return {};
}

Filesystem filesystem_of(const std::string& path) {
  const boost::filesystem::path place = existing_part(path);
  struct statfs status {};
  if (statfs(place.c_str(), &status) != 0) return {};
  return classify_filesystem(status.f_type, mount_type_of(place));
}

double available_byte(const std::string& path) {
  struct statvfs status {};
  if (statvfs(existing_part(path).c_str(), &status) != 0) return -1;
  return static_cast<double>(status.f_bavail) * static_cast<double>(status.f_frsize);
}

}  // namespace contimg
