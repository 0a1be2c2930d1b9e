// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/engine.h"

#include <boost/filesystem.hpp>
#include <cmath>
#include <sstream>

#include "base/atomic_output.h"
#include "base/last_resort.h"
#include "base/subprocess.h"
#include "image/engine_outputs.h"

namespace contimg::image {
namespace {

namespace fs = boost::filesystem;

constexpr std::size_t kLastLines = 6;
constexpr std::uint64_t kFull_byte = 1 << 20;

std::string last_lines(const Outcome& outcome) {
  std::vector<std::string> lines;
  for (const std::string* stream : {&outcome.output_tail, &outcome.error_tail}) {
    std::istringstream in(*stream);
    std::vector<std::string> own;
    for (std::string line; std::getline(in, line);)
      if (line.find_first_not_of(" \t\r") != std::string::npos) own.push_back(line);
    if (own.size() > kLastLines) own.erase(own.begin(), own.end() - kLastLines);
    lines.insert(lines.end(), own.begin(), own.end());
  }
  std::string text;
  for (const std::string& line : lines) text += "\n  " + line;
  return text.empty() ? "; it has written nothing" : ". Its last lines:" + text;
}

bool disk_is_full(const std::string& folder, const Outcome& outcome) {
  return free_bytes(folder) < kFull_byte || is_of_the_disk(outcome.error_tail) ||
         is_of_the_disk(outcome.output_tail);
}

[[noreturn]] void report_full_disk(const std::string& folder, const Outcome& outcome) {
  throw TemporaryError(folder + ": WSClean finds no room here, expected enough for its images; " +
                       "free some, or name another --scratch-dir or --tmpfs-dir" +
                       last_lines(outcome));
}

void judge_end(const std::string& folder, const EngineSettings& settings, const Outcome& outcome) {
  const auto seconds = [](double s) { return std::to_string(std::lround(s)) + " s"; };
  if (outcome.timed_out)
    throw EngineFailure("WSClean has not ended within " + seconds(settings.timeout_s) +
                        " (--timeout) and was stopped" + last_lines(outcome));
  if (outcome.stalled)
    throw EngineFailure("WSClean has neither worked nor written for " +
                        seconds(settings.stall_timeout_s) + " (--stall-timeout) and was stopped" +
                        last_lines(outcome));
  if (outcome.exit_code == 0) return;
  if (disk_is_full(folder, outcome)) report_full_disk(folder, outcome);
  if (outcome.exit_code > 128)
    throw EngineFailure("WSClean was ended by signal " + std::to_string(outcome.exit_code - 128) +
                        (outcome.exit_code == 137 ? " (was memory short?)" : "") +
                        last_lines(outcome));
  throw DataError("WSClean has failed with exit code " + std::to_string(outcome.exit_code) +
                  last_lines(outcome));
}

// A word as a shell takes it.
std::string quoted(const std::string& word) {
  return word.find_first_of(" '\"\\$*?[](){};&|<>`~#") == std::string::npos ? word
                                                                            : "'" + word + "'";
}

void remove_outputs(const std::string& folder) {
  std::vector<fs::path> old;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().filename().string().rfind("w-", 0) == 0) old.push_back(entry.path());
  for (const fs::path& path : old) fs::remove(path);
}

}  // namespace

EngineRun run_engine(const std::string& folder, const std::vector<std::string>& sets,
                     const EngineSettings& settings, const EngineObserver& observer) {
  if (!find_program(settings.program))
    throw TemporaryError(settings.program +
                         ": no such program, expected WSClean in PATH; install " +
                         "the package wsclean");
  remove_outputs(folder);
  EngineLogReader reader(settings.mgain, settings.auto_threshold);
  Command command;
  command.program = settings.program;
  command.arguments = engine_arguments(settings, sets);
  command.folder = folder;
  command.timeout_s = settings.timeout_s;
  command.stall_timeout_s = settings.stall_timeout_s;
  // Its libraries would start threads of their own besides -j.
  command.environment = {{"OPENBLAS_NUM_THREADS", "1"}, {"LC_ALL", "C.UTF-8"}};
  command.check = observer.check;
  command.on_output = [&](const std::string& text) {
    reader.add(text);
    if (observer.progress) observer.progress(reader.share());
  };
  const Outcome outcome = run_program(command);
  judge_end(folder, settings, outcome);
  EngineRun run;
  run.command_line = settings.program;
  for (const std::string& word : command.arguments) run.command_line += " " + quoted(word);
  run.log = reader.log();
  run.seconds = outcome.elapsed_s;
  try {
    read_engine_outputs(folder, run);
  } catch (const DataError& error) {
    // It may end with success though the disk was full.
    if (disk_is_full(folder, outcome)) report_full_disk(folder, outcome);
    throw DataError(error.what() + last_lines(outcome));
  }
  return run;
}

}  // namespace contimg::image
