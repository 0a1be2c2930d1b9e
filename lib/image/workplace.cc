// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/workplace.h"

#include <unistd.h>

#include <boost/filesystem.hpp>

namespace contimg::image {
namespace {

namespace fs = boost::filesystem;

bool fits_in(const std::string& folder, double needed_byte) {
  boost::system::error_code ignored;
  return !folder.empty() && fs::is_directory(folder, ignored) &&
         ::access(folder.c_str(), W_OK) == 0 &&
         static_cast<double>(free_bytes(folder)) > needed_byte;
}

}  // namespace

Workplace::Workplace(const ImageMsSettings& settings, const std::string& product_folder,
                     const std::string& group_id, double needed_byte)
    : output_((fs::path(fits_in(settings.tmpfs_dir, needed_byte) ? settings.tmpfs_dir
                        : settings.scratch_dir.empty()           ? product_folder
                                                                 : settings.scratch_dir) /
               (group_id + ".imaging"))
                  .string(),
              this_process(settings.token), true) {
  create_folders(output_.path());
}

}  // namespace contimg::image
