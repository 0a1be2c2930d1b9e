// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "incoming/listing.h"
#include "queue/file_record.h"
#include "subband/summary.h"

namespace contimg::incoming {

/// Reads a file's header (a few KB) and judges it: the record's state is valid, invalid or
/// unreadable, with the reason; never throws for what is wrong with the file.
///
/// The subband comes from the frequencies where they lie on the correlator's grid, else from the
/// name. Where both exist and differ the file is valid, the frequencies win, and the reason says
/// "mislabelled". A file of the correlator's width in its band but off its grid is invalid: its
/// host was not in the correlator's table. A file that changed while it was read is `growing`.
/// Throws Stopped on request.
queue::FileRecord inspect(const Entry& entry, const subband::SummaryLimits& limits = {});

/// The same for a path that need not have a subband's name (stamp and subband then stay unknown).
queue::FileRecord inspect_path(const std::string& path, const subband::SummaryLimits& limits = {});

/// One line of JSON: path, state, reason and, if the header could be read, what it says.
std::string to_json(const queue::FileRecord& record);

/// One line for people: path, state, subband, times, band.
std::string to_text(const queue::FileRecord& record);

}  // namespace contimg::incoming
