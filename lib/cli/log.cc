// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/ringbuffer_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/error.h"
#include "cli/run_tool.h"

namespace contimg::cli {
namespace {

constexpr std::size_t kTailLines = 40;

/// The level in capitals, as the operators' greps expect it ("WARNING: High queue depth").
class LevelInCapitals : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& line) override {
    static const char* const names[] = {"DEBUG", "DEBUG",    "INFO", "WARNING",
                                        "ERROR", "CRITICAL", ""};
    const std::string name = names[message.level];
    line.append(name.data(), name.data() + name.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<LevelInCapitals>();
  }
};

/// The message as a terminal may get it, whatever it quotes from files.
class PrintableMessage : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& line) override {
    const std::string text = printable(std::string(message.payload.data(), message.payload.size()));
    line.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<PrintableMessage>();
  }
};

std::unique_ptr<spdlog::formatter> line_formatter() {
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  formatter->add_flag<LevelInCapitals>('*').add_flag<PrintableMessage>('~').set_pattern(
      "%Y-%m-%dT%H:%M:%SZ %n %*: %~");
  return formatter;
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
  return static_cast<spdlog::level::level_enum>(static_cast<int>(level) + SPDLOG_LEVEL_DEBUG);
}

// The tail outlives every logger, as the log itself does.
std::shared_ptr<spdlog::sinks::ringbuffer_sink_mt>& tail() {
  static auto sink = std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(kTailLines);
  return sink;
}

}  // namespace

void start_log(const std::string& tool, LogLevel level, const std::string& file) {
  auto terminal = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  terminal->set_level(spdlog_level(level));
  std::vector<spdlog::sink_ptr> sinks = {terminal, tail()};
  if (!file.empty()) {
    try {
      sinks.push_back(std::make_shared<spdlog::sinks::basic_file_sink_mt>(file));
    } catch (const spdlog::spdlog_ex& error) {
      const std::string what =
          file + ": cannot append to the log (" + error.what() + "), expected ";
      for (const int passing : {ENOSPC, EDQUOT, EIO})
        if (what.find(std::strerror(passing)) != std::string::npos)
          throw TemporaryError(what + "a disk with room; free some space, or check the disk");
      throw UsageError(what + "a file in a writable folder");
    }
    sinks.back()->set_level(spdlog_level(level));
  }
  tail()->set_level(std::min(spdlog_level(level), spdlog::level::info));
  auto logger = std::make_shared<spdlog::logger>(tool, sinks.begin(), sinks.end());
  logger->set_level(std::min(spdlog_level(level), spdlog::level::info));
  logger->flush_on(spdlog::level::info);
  logger->set_formatter(line_formatter());
  spdlog::set_default_logger(logger);
}

std::string log_tail() {
  std::string lines;
  for (const std::string& line : tail()->last_formatted(kTailLines)) lines += line;
  return lines;
}

}  // namespace contimg::cli
