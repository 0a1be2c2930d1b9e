// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>

namespace contimg {

/// True for the words with which the system refuses to read or write: the disk's fault (full, read
/// only, broken, not allowed), not the file's.
bool is_of_the_disk(const std::string& words);

/// What still has to be done when an error of the disk leaves a destructor. casacore writes its
/// headers in destructors, and throws there when the disk is full; C++ then ends the process at
/// once, without unwinding. While a LastResort lives, its action is run in that case.
class LastResort {
 public:
  /// Given the error's own words. It runs on the thread that failed, others may still be at work;
  /// what it throws is ignored.
  using Action = std::function<void(const std::string& why)>;

  /// What is being made, "" when it is whole: an error may name no file, or one deep inside it.
  using Product = std::function<std::string()>;

  explicit LastResort(Action action, Product product = nullptr);
  ~LastResort();
  LastResort(const LastResort&) = delete;
  LastResort& operator=(const LastResort&) = delete;

 private:
  friend struct LastResorts;
  const Action action_;
  const Product product_;
};

/// From now on an error of the disk that leaves a destructor runs `report`, then the actions of
/// all that live, the newest first, and ends the process with ExitCode::try_again. All are told
/// the newest product before the error's words, unless these name it. Anything else that ends the
/// process so is a bug, and aborts as before.
void install_last_resort(LastResort::Action report);

}  // namespace contimg
