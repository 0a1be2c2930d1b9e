// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/sound_copy.h"

#include <fcntl.h>
#include <unistd.h>

#include <boost/filesystem.hpp>

#include "base/error.h"
#include "base/sha256.h"

namespace contimg::queue {

void require_sound(Database& db) {
  const std::vector<std::string> damages = db.damages(1);
  if (!damages.empty())
    throw DataError(db.path() + ": damaged: " + damages.front() + ", expected a sound database");
}

void make_one_file(Database& db) {
  if (db.text("PRAGMA journal_mode = DELETE") != "delete")
    throw TemporaryError(db.path() + ": could not be made one file; check the room on its disk");
}

void copy_sound(Database& from, const std::string& path) {
  boost::filesystem::remove(path);
  Database copy(path, Database::Mode::create, 1000);
  from.copy_to(copy);
  make_one_file(copy);
  require_sound(copy);
}

AtomicOutput workshop(const std::string& product) {
  remove_abandoned(product);
  AtomicOutput folder(product, this_process(0), true);
  create_folders(folder.path());
  return folder;
}

void make_durable(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool ok = file >= 0 && fsync(file) == 0;
  if (file >= 0) close(file);
  if (!ok) throw TemporaryError(path + ": cannot be written to disk, expected room on it");
}

std::string publish_copy(const std::string& copy, const std::string& path) {
  namespace fs = boost::filesystem;
  make_durable(copy);
  const std::string sum = sha256_of_file(copy);
  // Made in the workshop too, which the next backup removes if this one is killed.
  write_text_file(copy + ".sha256", sum + "  " + fs::path(path).filename().string() + "\n");
  // A kill between the two leaves a backup without its sum, which is one; a sum alone would be nothing.
  fs::rename(copy, path);
  fs::rename(copy + ".sha256", path + ".sha256");
  make_durable(fs::absolute(path).parent_path().string());
  return sum;
}

}  // namespace contimg::queue
