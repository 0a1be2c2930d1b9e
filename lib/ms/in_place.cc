// SPDX-License-Identifier: GPL-3.0-or-later
#include "ms/in_place.h"

#include <casacore/ms/MeasurementSets/MeasurementSet.h>
#include <casacore/tables/Tables/ArrayColumn.h>
#include <casacore/tables/Tables/ScalarColumn.h>
#include <casacore/tables/Tables/TableRecord.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "ms/casacore_error.h"
#include "ms/change.h"
#include "ms/corrected.h"
#include "ms/flag_version.h"

namespace contimg::ms {

using casacore::IPosition;
using casacore::Slicer;

SetLock::SetLock(const std::string& path)
    : descriptor_(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (descriptor_ < 0)
    throw DataError(path + ": cannot be opened, " + std::strerror(errno) +
                    ", expected a Measurement Set");
  if (flock(descriptor_, LOCK_EX | LOCK_NB) == 0) {
    try {
      take_back_unfinished(path);
    } catch (const std::exception&) {
      close(descriptor_);
      throw;
    }
    return;
  }
  close(descriptor_);
  throw TemporaryError(path + ": another process is changing this set; try again when it is done");
}
SetLock::~SetLock() { close(descriptor_); }

class FlagWriter::Implementation {
 public:
  Implementation(const std::string& path, const std::string& stage)
      : change(path, stage),
        set(path, casacore::Table::Update),
        flag(set, "FLAG"),
        flag_row(set, "FLAG_ROW") {}
  Change change;
  casacore::MeasurementSet set;
  casacore::ArrayColumn<bool> flag;
  casacore::ScalarColumn<bool> flag_row;
};

FlagWriter::FlagWriter(const std::string& path, const std::string& stage) {
  if (access((path + "/table.dat").c_str(), W_OK) != 0)
    throw TemporaryError(path + ": cannot be written, " + std::strerror(errno) +
                         "; see to its permissions");
  with_casacore_errors(path, [&] {
    implementation_ = std::make_unique<Implementation>(path, stage);
    casacore::TableRecord& keywords = implementation_->set.rwKeywordSet();
    keywords.define(kInProgressKeyword, stage);
    if (keywords.isDefined(kAppliedKeyword)) keywords.removeField(kAppliedKeyword);
    implementation_->set.flush(true);
    remove_flag_version(path, kVersionBeforeCalibration);
  });
}
FlagWriter::~FlagWriter() = default;
FlagWriter::FlagWriter(FlagWriter&&) noexcept = default;

void FlagWriter::put(std::size_t first_row, std::size_t n_row, Span<const bool> flags) {
  Implementation& self = *implementation_;
  with_casacore_errors(self.set.tableName(), [&] {
    const IPosition cell = self.flag.shape(first_row);
    const std::size_t row_size = cell.product();
    const Slicer rows(IPosition(1, first_row), IPosition(1, n_row));
    // casacore's arrays do not know const; what is put is not changed.
    const casacore::Array<bool> values(IPosition(3, cell[0], cell[1], n_row),
                                       const_cast<bool*>(flags.data()), casacore::SHARE);
    self.flag.putColumnRange(rows, values);
    casacore::Vector<bool> whole(n_row);
    for (std::size_t row = 0; row < n_row; ++row) {
      const bool* begin = flags.data() + row * row_size;
      whole[row] = std::all_of(begin, begin + row_size, [](bool flagged) { return flagged; });
    }
    self.flag_row.putColumnRange(rows, whole);
  });
}

void FlagWriter::finish() {
  Implementation& self = *implementation_;
  const std::string path = self.set.tableName();
  with_casacore_errors(path, [&] {
    self.set.flush(true);
    fsync_tree(path);
    self.set.rwKeywordSet().removeField(kInProgressKeyword);
    self.set.flush(true);
    self.change.finish();
  });
}

}  // namespace contimg::ms
