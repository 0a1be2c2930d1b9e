// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"

/// What the fuzz targets have in common. A target is one file that defines LLVMFuzzerTestOneInput();
/// it is linked to libFuzzer, or to replay.cc, which feeds it the seeds. docs/fuzzing.md.
namespace contimg::fuzz {

/// The input, from which a target that builds something draws its choices. When it is used up, all
/// choices are 0, so that every input means something.
class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

  bool empty() const { return at_ >= size_; }
  std::uint8_t byte() { return empty() ? std::uint8_t{0} : data_[at_++]; }
  std::uint64_t integer();           ///< Of eight bytes, any value.
  std::size_t below(std::size_t n);  ///< 0 to n - 1, of one byte or two.
  std::string text(std::size_t n);   ///< At most n bytes, as they come.
  std::string rest() { return text(size_); }
  double number();  ///< NaN, infinities, 0, denormals, 1e308, and common ones; or any bits.
  template <typename T>
  const T& pick(const std::vector<T>& values) {
    return values[below(values.size())];
  }

 private:
  const std::uint8_t* data_;
  std::size_t size_, at_ = 0;
};

/// A folder of this process alone, below TMPDIR; goes when the process ends in order.
const std::string& folder();
/// Writes a file in that folder. Returned: its path.
std::string write_file(const std::string& name, const std::string& bytes);
std::string read_file(const std::string& path);

/// Ends the process with a finding unless what a target promises holds.
void require(bool holds, const std::string& promise);

/// Runs a reader. Returned: true when it accepted the input. When it refused, the error must be one of
/// ours that says that the input is bad (DataError, UsageError), name `path`, and be printable;
/// everything else is a finding.
bool accepts(const std::string& path, const std::function<void()>& reader);

/// Runs `work` in a child process, whose coverage counts here. For readers that go through a library
/// that we cannot mend: a signal or a report of the sanitizer with that library (part of its file's
/// name) on top of the stack is counted as its own and noted in the folder of the variable
/// FUZZ_LIBRARY_CRASHES; one anywhere else is a finding, as is a child that uses more than 20 CPU
/// seconds outside of it. Returned: false when the library crashed.
bool isolated(const std::string& library, const std::uint8_t* data, std::size_t size,
              const std::function<void()>& work);

}  // namespace contimg::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
