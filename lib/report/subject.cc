// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/subject.h"

#include <boost/filesystem.hpp>
#include <optional>

#include "base/error.h"
#include "fits/box_reader.h"

namespace contimg::report {
namespace {

namespace fs = boost::filesystem;

std::optional<std::string> one(Database& db, const std::string& sql, const std::string& value) {
  Statement query(db, sql);
  query.bind(1, value);
  if (!query.step() || query.is_null(0)) return std::nullopt;
  return query.text(0);
}

std::string absolute_path(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  boost::system::error_code error;
  const fs::path whole = fs::weakly_canonical(fs::absolute(path), error);
  return error ? path : whole.string();
}

std::optional<std::string> mosaic_of(Database& db, const std::string& path) {
  if (auto name = one(db, "SELECT name FROM mosaics WHERE path = ?", path)) return name;
  return one(db,
             "SELECT m.name FROM product p JOIN mosaics m ON m.name = p.group_id WHERE p.path = ?",
             path);
}

std::optional<std::string> group_of(Database& db, const std::string& path) {
  for (const char* table : {"product", "images", "ms_index", "subband_files", "hdf5_file_index"})
    if (auto id = one(db, std::string("SELECT group_id FROM ") + table + " WHERE path = ?", path))
      return id;
  return std::nullopt;
}

// Of an image that lies elsewhere now.
std::optional<std::string> group_in_header(const std::string& path) {
  boost::system::error_code error;
  if (!fs::is_regular_file(path, error) || path.size() < 5 ||
      path.substr(path.size() - 5) != ".fits")
    return std::nullopt;
  const std::string id = fits::BoxReader(path).header().card_text("GROUPID");
  return id.empty() ? std::nullopt : std::optional(id);
}

bool is_group(Database& db, const std::string& id) {
  return one(db, "SELECT group_id FROM ingest_queue WHERE group_id = ?", id).has_value();
}

}  // namespace

Subject find_subject(Database& db, const std::string& asked) {
  Subject subject;
  subject.asked = asked;
  subject.name = asked;
  if (is_group(db, asked)) return subject;
  if (one(db, "SELECT name FROM mosaics WHERE name = ?", asked)) {
    subject.kind = Subject::Kind::mosaic;
    return subject;
  }
  for (const std::string& path : {asked, absolute_path(asked)}) {
    subject.product = path;
    if (const auto mosaic = mosaic_of(db, path)) {
      subject.kind = Subject::Kind::mosaic;
      subject.name = *mosaic;
      return subject;
    }
    auto group = group_of(db, path);
    if (!group) group = group_in_header(path);
    if (!group || !is_group(db, *group)) continue;
    subject.name = *group;
    return subject;
  }
  throw UsageError(asked + ": nothing of it is in " + db.path() +
                   ", expected a group's id, a mosaic's name, or the path of a product; "
                   "'manage-queue list' shows the groups");
}

}  // namespace contimg::report
