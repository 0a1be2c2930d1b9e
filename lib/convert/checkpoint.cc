// SPDX-License-Identifier: GPL-3.0-or-later
#include "convert/checkpoint.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <sstream>

#include "base/atomic_output.h"
#include "base/error.h"
#include "base/hdf5.h"
#include "base/version.h"

namespace contimg::convert {

std::string checkpoint_path(const std::string& folder, const std::string& group_id) {
  return folder + "/" + group_id + ".checkpoint.uvh5";
}

void write_checkpoint(const std::string& path, const Checkpoint& checkpoint) {
  AtomicOutput output(path, this_process(0), true);
  {
    const hdf5::File file = hdf5::File::create(output.path());
    file.create_group("Checkpoint");
    file.write_fixed_string("Checkpoint/partial", checkpoint.partial);
    file.write_fixed_string("Checkpoint/fingerprint", checkpoint.fingerprint);
    file.write_scalar("Checkpoint/integrations_done",
                      static_cast<std::int64_t>(checkpoint.integrations_done));
    file.flush();
  }
  hdf5::require_closed(output.path());
  output.commit();
}

std::optional<Checkpoint> read_checkpoint(const std::string& path) {
  try {
    const hdf5::File file = hdf5::File::open(path);
    Checkpoint checkpoint;
    checkpoint.partial = file.text("Checkpoint/partial");
    checkpoint.fingerprint = file.text("Checkpoint/fingerprint");
    checkpoint.integrations_done =
        static_cast<std::size_t>(file.integer("Checkpoint/integrations_done"));
    return checkpoint;
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::string fingerprint(const Group& group, const Layout& layout, const std::string& earth) {
  std::ostringstream text;
  text << "contimg " << kVersion << '\n' << group.group_id << '\n';
  for (const std::string& file : group.files) {
    struct stat status = {};
    if (stat(file.c_str(), &status) != 0)
      throw DataError(file + ": " + std::strerror(errno) + ", expected a subband file of group " +
                      group.group_id);
    text << file << ' ' << status.st_size << ' ' << status.st_mtim.tv_sec << '.'
         << status.st_mtim.tv_nsec << ' ' << status.st_ino << '\n';
  }
  text << "windows " << layout.window_per_subband << " centres " << layout.centre_per_integration
       << " autocorrelations " << layout.keep_autocorrelations << " subbands "
       << layout.expected_subbands << " telescope " << layout.telescope_name << '\n'
       << earth << '\n';
  return text.str();
}

}  // namespace contimg::convert
