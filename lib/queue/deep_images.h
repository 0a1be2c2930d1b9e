// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "queue/queue.h"

namespace contimg::queue {

/// The reason of an image job that is done, but as quicklook in a Slurm task that obeyed the step
/// at which it was sent: whatever the step was when it ran, a deep image is still to be made.
constexpr const char* kPutOffInTask = "quicklook: the step when it was sent";

/// Asks again for the images of groups that were imaged as quicklook because the step
/// 'quicklook first, deep later' was in force, once `full` is: their image job becomes ready, to be
/// done anew, and what follows it waits for that. Groups in work are left alone until they are not.
/// Nothing is asked where quicklook images are what is configured (QueueSettings::deep_images), or
/// imaging is not enabled. Returned: how many groups were asked for.
int ask_deep_images(Queue& queue);

}  // namespace contimg::queue
