// SPDX-License-Identifier: GPL-3.0-or-later
#include "ms/change.h"

#include <fcntl.h>
#include <unistd.h>

#include <boost/filesystem.hpp>
#include <cstdio>
#include <iterator>
#include <vector>

#include "base/copy_file.h"
#include "base/error.h"
#include "base/file_bytes.h"

namespace contimg::ms {
namespace {

namespace fs = boost::filesystem;

constexpr const char* kCopies = "/CONTIMG_CHANGE";
constexpr const char* kCopiesOver = "/CONTIMG_CHANGE.over";
// Subfolder of the copies, folder of the set.
constexpr const char* kParts[][2] = {{"/main", ""}, {"/HISTORY", "/HISTORY"}};

// Tiles are changed in place and are large. table.lock holds the number of rows, among others.
bool is_small_file(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.rfind("table.", 0) == 0 && name.find("_TSM") == std::string::npos &&
         name.find(".back") == std::string::npos && name.find("_tmp") == std::string::npos;
}

std::vector<fs::path> small_files(const std::string& folder) {
  std::vector<fs::path> files;
  if (!fs::is_directory(folder)) return files;
  for (const auto& entry : fs::directory_iterator(folder))
    if (fs::is_regular_file(entry.path()) && is_small_file(entry.path()))
      files.push_back(entry.path());
  return files;
}

void rename_file(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0)
    throw TemporaryError(to + ": cannot be put in place; see to the permissions of its folder");
}

void fsync_folder(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  fsync(descriptor);
  close(descriptor);
}

}  // namespace

Change::Change(const std::string& set_path, const std::string& stage)
    : folder_(set_path + kCopies) {
  if (fs::exists(folder_)) return;
  AtomicOutput copies(folder_, this_process(0), false);
  for (const auto& [part, of_set] : kParts) {
    create_folders(copies.path() + part);
    for (const fs::path& file : small_files(set_path + of_set))
      copy_file(file.string(), copies.path() + part + "/" + file.filename().string());
  }
  write_text_file(copies.path() + "/stage", stage);
  copies.commit();
}

void Change::finish() {
  const std::string over = fs::path(folder_).parent_path().string() + kCopiesOver;
  rename_file(folder_, over);
  fsync_folder(fs::path(folder_).parent_path().string());
  remove_tree(over);
}

std::string unfinished_change(const std::string& set_path) {
  return file_bytes(set_path + kCopies + "/stage").value_or("");
}

void take_back_unfinished(const std::string& set_path) {
  remove_tree(set_path + kCopiesOver);
  remove_abandoned(set_path + kCopies);
  // casacore writes table.dat beside its place, and once more, unchanged, when it closes a table.
  for (const auto& [part, of_set] : kParts) remove_tree(set_path + of_set + "/table.dat_tmp");
  if (unfinished_change(set_path).empty()) return;
  for (const auto& [part, of_set] : kParts) {
    const std::string folder = set_path + of_set;
    for (const fs::path& file : small_files(set_path + kCopies + part)) {
      const std::string place = folder + "/" + file.filename().string();
      copy_file(file.string(), place + ".back");
      fsync_tree(place + ".back");
      rename_file(place + ".back", place);
    }
    fsync_folder(folder);
  }
}

}  // namespace contimg::ms
