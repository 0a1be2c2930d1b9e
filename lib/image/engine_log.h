// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace contimg::image {

/// What WSClean says of its work; filled line by line, so that progress can be shown.
struct EngineLog {
  std::string version;       ///< "3.1.0 (2022-04-01)"
  int major_iterations = 0;  ///< Residuals made anew.
  int iterations = 0;        ///< Components.
  double noise_jy = 0;       ///< Its own estimate, the last.
  double first_peak_jy = 0;  ///< Of the dirty image.
  std::string stopped;       ///< Why the last cleaning ended, in its words.
};

/// Reads WSClean's output as it comes.
class EngineLogReader {
 public:
  /// Given: what decides how many major iterations there will be at most.
  EngineLogReader(double mgain, double lowest_noises) : mgain_(mgain), noises_(lowest_noises) {}

  /// Takes a piece of output; pieces may end anywhere.
  void add(const std::string& text);
  const EngineLog& log() const { return log_; }
  /// How much of the work is done: passes over the data that have begun among those foreseen from
  /// the first peak, its noise and the gain. Between 0 and 1, never falling.
  double share() const { return share_; }

 private:
  void take_line(const std::string& line);
  void count_pass();

  double mgain_, noises_;
  EngineLog log_;
  std::string partial_;
  int passes_ = 0;
  double share_ = 0;
};

}  // namespace contimg::image
