// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/stage.h"

#include "astro/constants.h"
#include "base/error.h"
#include "queue/groups.h"
#include "queue/image_rows.h"

namespace contimg::image {

namespace {

// After the restoration of an older queue, or when a group was dropped and formed anew, images lie
// there that the queue does not know; they would stand in the way for ever.
bool is_recorded(Database& db, const std::string& group_id) {
  Statement images(db, "SELECT 1 FROM images WHERE group_id = ?");
  return images.bind(1, group_id).step();
}

}  // namespace

ImageReport image_job(queue::Queue& queue, const queue::Job& job, const Settings& settings,
                      const ImageOptions& options, const std::function<void()>& check) {
  const auto group = queue::find_group(queue.database(), job.group_id);
  if (!group || group->product_path.empty())
    throw DataError(job.group_id +
                    ": the queue knows no Measurement Set of it, expected one from " +
                    "convert-group");
  ImageMsSettings imaging = image_settings(settings, options);
  imaging.group_id = job.group_id;
  imaging.token = job.claim_token;
  imaging.overwrite = options.overwrite || job.redo || job.attempt > 1 ||
                      !is_recorded(queue.database(), job.group_id);
  imaging.strip_rms_jy =
      queue::strip_rms_jy(queue.database(), group->pointing_dec_rad / astro::kDegree, job.group_id);
  return image_ms(group->product_path, imaging, with_progress(job.group_id, check));
}

ImageReport image_by_hand(const Settings& settings, const ImageOptions& options,
                          const std::string& ms_path, const std::function<void()>& check) {
  return image_ms(ms_path, image_settings(settings, options), with_progress(ms_path, check));
}

}  // namespace contimg::image
