// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/engine_log.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace contimg::image {
namespace {

bool starts_with(const std::string& line, const std::string& with) {
  return line.compare(0, with.size(), with) == 0;
}

// "805.25 mJy at 829,1525" in Jy; units as WSClean writes them.
double flux_jy(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  std::string unit = end;
  unit = unit.substr(std::min(unit.size(), unit.find_first_not_of(' ')));
  if (starts_with(unit, "KJy")) return value * 1e3;
  if (starts_with(unit, "mJy")) return value * 1e-3;
  if (starts_with(unit, "µJy")) return value * 1e-6;
  if (starts_with(unit, "nJy")) return value * 1e-9;
  return value;
}

std::string after(const std::string& line, const std::string& mark) {
  const std::size_t at = line.find(mark);
  return at == std::string::npos ? "" : line.substr(at + mark.size());
}

}  // namespace

void EngineLogReader::add(const std::string& text) {
  partial_ += text;
  std::size_t begin = 0, end = 0;
  while ((end = partial_.find('\n', begin)) != std::string::npos) {
    take_line(partial_.substr(begin, end - begin));
    begin = end + 1;
  }
  partial_.erase(0, begin);
}

void EngineLogReader::take_line(const std::string& line) {
  if (starts_with(line, "WSClean version "))
    log_.version = after(line, "WSClean version ");
  else if (starts_with(line, "Estimated standard deviation of background noise: "))
    log_.noise_jy = flux_jy(after(line, "noise: "));
  else if (starts_with(line, "Initial peak: ") && log_.first_peak_jy <= 0)
    log_.first_peak_jy = flux_jy(after(line, "peak: "));
  else if (starts_with(line, "Performed "))
    log_.iterations = std::atoi(after(line, "Performed ").c_str());
  else if (starts_with(line, "Stopped on peak "))
    log_.stopped = after(line, "because ");
  else if (line.find(" major iterations were performed") != std::string::npos)
    log_.major_iterations = std::atoi(line.c_str());
  else if (line.find("== Constructing") != std::string::npos ||
           line.find("== Converting model") != std::string::npos)
    count_pass();
}

void EngineLogReader::count_pass() {
  // Point spread function, dirty image, and two passes (there and back) a major iteration.
  double major = 3;
  if (log_.noise_jy > 0 && mgain_ < 1 && noises_ > 0)
    major = std::ceil(std::log(std::max(1.1, log_.first_peak_jy / (noises_ * log_.noise_jy))) /
                      -std::log(1 - mgain_));
  const double foreseen = std::max(2 + 2 * major, passes_ + 2.0);
  share_ = std::max(share_, passes_ / foreseen);
  ++passes_;
}

}  // namespace contimg::image
