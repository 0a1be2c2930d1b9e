// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <stdexcept>

namespace contimg {

/// Root of every error thrown here. The three kinds below differ in what the caller should do,
/// not in which library failed. Messages read "<path or id>: <what is wrong>, expected <what>".
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
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
