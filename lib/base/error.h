// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <stdexcept>
#include <string>

namespace contimg {

/// A text as people and terminals may get it: control characters, which files from outside may
/// hold, become "\x1b"; line breaks and tabs stay.
std::string printable(const std::string& text);

/// Root of every error thrown here. The three kinds below differ in what the caller should do,
/// not in which library failed. Messages read "<path or id>: <what is wrong>, expected <what>"
/// and are printable(), whatever they quote.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& what) : std::runtime_error(printable(what)) {}
};

/// The command line or the configuration is wrong: fix it.
class UsageError : public Error {
 public:
  using Error::Error;
};

/// The input is wrong: this job fails for good, the next job may go on.
class DataError : public Error {
 public:
  using Error::Error;
};

/// The machine is in the way (locked queue, full disk, missing program): try again later.
class TemporaryError : public Error {
 public:
  using Error::Error;
};

}  // namespace contimg
