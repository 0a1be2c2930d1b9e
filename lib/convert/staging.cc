// SPDX-License-Identifier: GPL-3.0-or-later
#include "convert/staging.h"

#include <algorithm>
#include <atomic>
#include <boost/filesystem.hpp>
#include <exception>
#include <mutex>
#include <thread>

#include "base/copy_file.h"
#include "base/stop.h"

namespace contimg::convert {
namespace fs = boost::filesystem;

StagedInputs::StagedInputs(const std::vector<std::string>& files, const std::string& scratch_dir,
                           const std::string& group_id, const PartialOwner& owner,
                           std::size_t n_worker, bool keep)
    : keep_(keep) {
  const std::string base = scratch_dir + "/" + group_id + ".inputs";
  remove_abandoned(base);
  folder_ = AtomicOutput(base, owner, true).path();
  create_folders(folder_);
  for (const std::string& file : files) {
    // A folder for each: files of several hosts may bear one name.
    const std::string place = folder_ + "/" + std::to_string(copies_.size());
    create_folders(place);
    copies_.push_back(place + "/" + fs::path(file).filename().string());
  }

  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::exception_ptr first_error;
  const auto copy_some = [&] {
    try {
      for (std::size_t i = next++; i < files.size(); i = next++) {
        check_stop();
        copy_file(files[i], copies_[i]);
      }
    } catch (const std::exception&) {
      const std::lock_guard lock(mutex);
      if (!first_error) first_error = std::current_exception();
      next = files.size();
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < std::clamp<std::size_t>(n_worker, 1, files.size()); ++i)
    threads.emplace_back(copy_some);
  for (std::thread& thread : threads) thread.join();
  if (first_error) {
    remove_tree(folder_);
    std::rethrow_exception(first_error);
  }
}

StagedInputs::~StagedInputs() {
  if (keep_) return;
  boost::system::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void copy_tree(const std::string& from, const std::string& to) {
  create_folders(to);
  for (fs::recursive_directory_iterator i(from), end; i != end; ++i) {
    const fs::path target = to / fs::relative(i->path(), from);
    if (fs::is_directory(i->path()))
      create_folders(target.string());
    else
      copy_file(i->path().string(), target.string());
  }
}

std::uint64_t size_of_tree(const std::string& path) {
  if (fs::is_regular_file(path)) return fs::file_size(path);
  std::uint64_t size = 0;
  for (fs::recursive_directory_iterator i(path), end; i != end; ++i)
    if (fs::is_regular_file(i->path())) size += fs::file_size(i->path());
  return size;
}

}  // namespace contimg::convert
