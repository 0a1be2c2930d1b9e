// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/last_resort.h"

namespace contimg {

/// A product is there already under its final name, and may not be replaced.
class ProductExists : public DataError {
 public:
  using DataError::DataError;
};

/// Who writes a partial product: told by its name, `<product>.partial-<token>-<host>-<pid>`.
struct PartialOwner {
  std::int64_t token = 0;  ///< The queue's claim token; 0 when the tool runs without a queue.
  std::string host;
  std::int64_t pid = 0;
};

/// This process as an owner.
PartialOwner this_process(std::int64_t token);

/// Parses the name of a partial product; nothing if it is not one.
std::optional<PartialOwner> partial_owner(const std::string& path);

/// True when the owner is proven dead: it ran on this host and its pid is gone. An owner on
/// another host is never proven dead by looking from here.
bool owner_is_dead(const PartialOwner& owner);

/// A product (file or folder) that exists under its own name only when it is whole.
///
///     write into path()  --commit()-->  fsynced, renamed to the final name
///            '-- destroyed without commit(): removed, unless keep() was called
///
/// After a crash the partial stays; remove_abandoned() takes it away, or adopt() goes on with it.
/// A product that is replaced is exchanged in one step (RENAME_EXCHANGE) where the filesystem
/// can, else moved aside first; after a crash between the two, restore_moved_aside() (called by
/// the constructor) puts the old product back.
class AtomicOutput {
 public:
  /// Names the partial beside `final_path` (whose folder is created), and removes those of owners
  /// that are dead; writes nothing yet.
  /// Throws ProductExists if `final_path` exists and `overwrite` is false.
  AtomicOutput(std::string final_path, const PartialOwner& owner, bool overwrite);
  /// Takes over an existing partial of the same product by renaming it to `owner`.
  static AtomicOutput adopt(const std::string& partial, std::string final_path,
                            const PartialOwner& owner, bool overwrite);
  ~AtomicOutput();
  AtomicOutput(AtomicOutput&& other) noexcept;
  AtomicOutput(const AtomicOutput&) = delete;
  AtomicOutput& operator=(const AtomicOutput&) = delete;

  const std::string& path() const { return partial_; }
  const std::string& final_path() const { return final_; }

  /// Makes everything durable and gives it its final name. Throws ProductExists as above, and
  /// TemporaryError on failure.
  void commit();
  /// Gives it another final name first, e.g. under failed/.
  void commit_as(const std::string& final_path);
  /// Leaves the partial where it is when destroyed, for a later adopt().
  void keep() { keep_ = true; }

 private:
  AtomicOutput() = default;
  void remove_partial();

  std::string final_;
  std::string partial_;
  bool overwrite_ = false;
  bool keep_ = false;
  bool done_ = false;
  LastResort last_resort_{[this](const std::string&) { remove_partial(); },
                          [this] { return done_ ? std::string() : final_; }};
};

/// Partials of `final_path` lying beside it.
std::vector<std::string> partials_of(const std::string& final_path);

/// Removes the partials of `final_path` whose owners are proven dead; returns what it removed.
std::vector<std::string> remove_abandoned(const std::string& final_path);

/// Flushes a file, or a folder and all below it, to the disk. Throws TemporaryError.
void fsync_tree(const std::string& path);

/// Writes a small text file whole: aside, fsynced, renamed.
void write_text_file(const std::string& path, const std::string& text);

/// Makes a folder and its parents. Throws TemporaryError "<path>: <why>" with the remedy.
void create_folders(const std::string& path);

/// Removes a file or a folder with all it holds; a missing one is no error.
void remove_tree(const std::string& path);

/// Bytes free for this user on the filesystem of `path` (or of its nearest existing parent).
std::uint64_t free_bytes(const std::string& path);

}  // namespace contimg
