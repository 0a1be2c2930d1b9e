// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "base/settings.h"
#include "base/sqlite.h"
#include "retention/candidate.h"
#include "retention/needs.h"

namespace contimg::retention {

/// Raw files, Measurement Sets and intermediate images that the queue knows, are there, and are
/// older than their setting has it. Each is judged: who needs it, where it lies, whether it can be
/// made or found again. Images are the kinds residual, model and psf, which nothing but
/// measure-sources reads (docs/formats/image.md).
void add_products(Database& db, const contimg::Settings& settings, double now_unix_s, Plan& plan);

/// Whether each raw file of a group is there as the queue knows it (size, time of last change), or
/// has an identical copy in the archive, or is gone and has the archived copy that was recorded.
/// Returned: why not; empty: they all are.
std::string why_not_again(Database& db, const contimg::Settings& settings,
                          const std::string& group_id);

}  // namespace contimg::retention
