// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "image/image_ms.h"
#include "queue/claim.h"

namespace contimg::image {

/// What the queue shall record: products, the rows of images and image_qa, resources.
queue::Outcome outcome_of(const ImageReport& report);

/// One line of JSON: stage, product, state, seconds, figures and verdict.
std::string to_json(const ImageReport& report);

/// Logs what an operator looks for, with a warning for a verdict other than PASS.
void log_report(const ImageReport& report, bool profile);

}  // namespace contimg::image
