// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "image/image_ms.h"
#include "image/options.h"
#include "queue/claim.h"

/// The stage `image` of the queue.
namespace contimg::image {

/// Images the group of a claimed job: the set that convert-group recorded. Images of an earlier try
/// of this job, or of one that is done again, are replaced; others only with options.overwrite.
/// Throws DataError when the queue knows no set of the group, and as image_ms().
ImageReport image_job(queue::Queue& queue, const queue::Job& job, const Settings& settings,
                      const ImageOptions& options, const std::function<void()>& check);

/// Images a set that was named by hand.
ImageReport image_by_hand(const Settings& settings, const ImageOptions& options,
                          const std::string& ms_path, const std::function<void()>& check);

}  // namespace contimg::image
