// SPDX-License-Identifier: GPL-3.0-or-later
#include "diagnostics/collect.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/atomic_output.h"
#include "base/error.h"
#include "base/file_bytes.h"
#include "base/stop.h"
#include "base/subprocess.h"
#include "base/utc_stamp.h"
#include "diagnostics/redact.h"
#include "queue/queue.h"

namespace contimg::diagnostics {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestSection = 1 << 20;
constexpr std::size_t kReadOfLog = 8 << 20;  // more than its last lines: secrets may begin before

std::string stamp() { return utc_file_stamp(queue::system_clock_unix_s()); }

/// A folder for its owner only, which goes with it.
class ScratchFolder {
 public:
  ScratchFolder() : path_((fs::temp_directory_path() / "contimg-diagnostics-XXXXXX").string()) {
    if (::mkdtemp(path_.data()) == nullptr)
      throw TemporaryError(path_ + ": cannot be made (" + std::strerror(errno) +
                           "), expected room below TMPDIR");
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string its_end(const std::string& text) {
  if (text.size() <= kLargestSection) return text;
  const std::size_t line = text.find('\n', text.size() - kLargestSection);
  return "(only the end of " + std::to_string(text.size()) + " bytes)\n" + text.substr(line + 1);
}

// What a section says; why it says nothing, when it is missing.
std::string text_of(const Section& section, std::string& missing) {
  try {
    return its_end(redact(section.text()));
  } catch (const Stopped&) {
    throw;
  } catch (const std::exception& error) {
    missing = redact(error.what());
    return "missing: " + missing + "\n";
  }
}

void write(const std::string& path, const std::string& text) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream file(path, std::ios::binary);
  if (!(file << text).flush())
    throw TemporaryError(path + ": cannot be written, expected room below TMPDIR");
}

std::string readme(const std::vector<Section>& all, const std::vector<std::string>& missing,
                   const Request& request) {
  std::string text = "Diagnostics of contimg on " + queue::this_worker().host + ", " + stamp() +
                     ".\n" + "Values of passwords, tokens, keys and the like are " + kRedacted +
                     " everywhere. Look before you give it away all the same.\n";
  if (!request.fault.empty())
    text += "\nThe configuration is wrong, and defaults were used: " + redact(request.fault) + "\n";
  text += "\n";
  for (const Section& section : all) text += section.path + ": " + section.about + "\n";
  text += missing.empty() ? "\nNothing is missing.\n" : "\nMissing:\n";
  for (const std::string& line : missing) text += line + "\n";
  return text;
}

}  // namespace

std::string output_of(const std::vector<std::string>& words, double timeout_s) {
  Command command;
  command.program = words.front();
  command.arguments.assign(words.begin() + 1, words.end());
  command.timeout_s = timeout_s;
  command.tail_bytes = kLargestSection;
  if (!find_program(command.program)) return words.front() + ": not installed\n";
  const Outcome outcome = run_program(command);
  std::string text = outcome.output_tail + outcome.error_tail;
  if (outcome.timed_out)
    text += "(ended after " + std::to_string(static_cast<int>(timeout_s)) + " s)\n";
  else if (outcome.exit_code != 0)
    text += "(exit code " + std::to_string(outcome.exit_code) + ")\n";
  return text;
}

std::string last_lines(const std::string& path, std::size_t n_line) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file || !fs::is_regular_file(path))
    throw TemporaryError(path + ": cannot be read, expected a file");
  const auto size = static_cast<std::size_t>(file.tellg());
  const std::size_t begin = size > kReadOfLog ? size - kReadOfLog : 0;
  std::string text(size - begin, '\0');
  file.seekg(static_cast<std::streamoff>(begin));
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  require_sound(file, path);
  text = redact(text);
  std::size_t at = text.size();
  if (at > 0 && text[at - 1] == '\n') --at;
  for (std::size_t n = 0; n < n_line && at != std::string::npos; ++n)
    at = at == 0 ? std::string::npos : text.rfind('\n', at - 1);
  return at == std::string::npos ? text : text.substr(at + 1);
}

std::vector<Section> sections(const contimg::Settings& settings, const std::string& fault) {
  std::vector<Section> all;
  for (const auto& part : {machine_sections(settings), settings_sections(settings, fault),
                           queue_sections(settings), log_sections(settings)})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

std::string collect(const contimg::Settings& settings, const Request& request) {
  const std::string name = "contimg-diagnostics-" + queue::this_worker().host + "-" + stamp();
  const std::string path = request.output.empty() ? name + ".tar.gz" : request.output;
  AtomicOutput archive(fs::absolute(path).string(), this_process(0), request.overwrite);
  const ScratchFolder scratch;
  const std::vector<Section> all = sections(settings, request.fault);
  std::vector<std::string> missing;
  for (const Section& section : all) {
    std::string why;
    write(scratch.path() + "/" + name + "/" + section.path, text_of(section, why));
    if (!why.empty()) missing.push_back(section.path + ": " + why);
  }
  write(scratch.path() + "/" + name + "/README.txt", readme(all, missing, request));
  Command tar;
  tar.program = "tar";
  tar.arguments = {"--create",     "--gzip",       "--file",
                   archive.path(), "--owner=0",    "--group=0",
                   "--directory",  scratch.path(), name};
  const Outcome outcome = run_program(tar);
  if (outcome.exit_code != 0)
    throw TemporaryError(path + ": cannot be written: " + outcome.error_tail);
  archive.commit();
  return path;
}

}  // namespace contimg::diagnostics
