// SPDX-License-Identifier: GPL-3.0-or-later
#include "notice/hook.h"

#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/error.h"
#include "base/stop.h"
#include "base/subprocess.h"
#include "diagnostics/redact.h"

namespace contimg::notice {
namespace {

/// A file for its owner only, which goes with it.
class ScratchFile {
 public:
  explicit ScratchFile(const std::string& text)
      : path_((std::filesystem::temp_directory_path() / "contimg-notice-XXXXXX").string()) {
    const int file = ::mkstemp(path_.data());
    const bool written =
        file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    const int error = errno;
    if (file >= 0) ::close(file);
    if (written) return;
    ::unlink(path_.c_str());
    throw TemporaryError(path_ + ": cannot be written (" + std::strerror(error) +
                         "), expected room for a notice");
  }
  ~ScratchFile() { ::unlink(path_.c_str()); }
  ScratchFile(const ScratchFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace

std::string deliver(const Hook& hook, const Message& message, const Json& json) {
  try {
    const ScratchFile file(json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
    Command command;
    command.program = "/bin/sh";
    command.arguments = {"-c", "exec <\"$CONTIMG_NOTICE_FILE\"; eval \"$CONTIMG_NOTIFY_COMMAND\""};
    command.environment = {{"CONTIMG_NOTICE_FILE", file.path()},
                           {"CONTIMG_NOTIFY_COMMAND", hook.command},
                           {"CONTIMG_NOTICE_KEY", message.key},
                           {"CONTIMG_NOTICE_SEVERITY", severity_name(message.severity)},
                           {"CONTIMG_NOTICE_SUBJECT", message.subject},
                           {"CONTIMG_NOTICE_STATE", state_name(message.state)}};
    command.timeout_s = hook.timeout_s;
    command.tail_bytes = 500;
    const Outcome outcome = run_program(command);
    if (outcome.exit_code == 0 && !outcome.timed_out) return "";
    const std::string how = outcome.timed_out
                                ? "took too long"
                                : "ended with exit code " + std::to_string(outcome.exit_code);
    return how + (outcome.error_tail.empty() ? "" : ": " + diagnostics::redact(outcome.error_tail));
  } catch (const Stopped&) {
    throw;
  } catch (const TemporaryError& error) {
    return error.what();
  }
}

}  // namespace contimg::notice
