// SPDX-License-Identifier: GPL-3.0-or-later
#include "rfi/flag_list.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <sstream>

#include "astro/epoch.h"
#include "base/error.h"
#include "base/file_bytes.h"
#include "base/text.h"

namespace contimg::rfi {
namespace {

constexpr const char* kTitles = "antennas,low_mhz,high_mhz,from,until,why";
constexpr std::size_t kColumns = 6;
constexpr double kMega = 1e6;

// The last column may hold commas.
std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> words;
  std::istringstream rest(line);
  std::string word;
  while (words.size() + 1 < kColumns && std::getline(rest, word, ','))
    words.push_back(trimmed(word));
  if (std::getline(rest, word)) words.push_back(trimmed(word));
  return words;
}

// One line being understood; what is wrong names it.
class Line {
 public:
  Line(const std::string& path, std::size_t number, const std::string& text)
      : where_(path + ":" + std::to_string(number)), words_(split(text)) {
    if (words_.size() < kColumns - 1) complain("too few columns, expected " + std::string(kTitles));
    words_.resize(kColumns);
  }

  FlagEntry entry() const {
    FlagEntry entry;
    read_antennas(entry);
    read_mega_hz(words_[1], entry.low_hz);
    read_mega_hz(words_[2], entry.high_hz);
    read_time(words_[3], entry.from_mjd_s);
    read_time(words_[4], entry.until_mjd_s);
    entry.why = words_[5];
    if (entry.low_hz > entry.high_hz) complain("low_mhz is above high_mhz, expected the reverse");
    if (entry.from_mjd_s >= entry.until_mjd_s) complain("from is not before until");
    const bool names_channels = std::isfinite(entry.low_hz) || std::isfinite(entry.high_hz);
    const bool names_times = std::isfinite(entry.from_mjd_s) && std::isfinite(entry.until_mjd_s);
    if (entry.antenna1.empty() && !names_channels && !names_times)
      complain("would flag everything, expected antennas, frequencies, or both from and until");
    return entry;
  }

 private:
  [[noreturn]] void complain(const std::string& what) const {
    throw UsageError(where_ + ": " + what);
  }

  void read_antennas(FlagEntry& entry) const {
    const std::size_t ampersand = words_[0].find('&');
    entry.antenna1 = trimmed(words_[0].substr(0, ampersand));
    if (ampersand == std::string::npos) return;
    entry.antenna2 = trimmed(words_[0].substr(ampersand + 1));
    if (entry.antenna1.empty() || entry.antenna2.empty())
      complain("'" + words_[0] + "' is no baseline, expected NAME & NAME");
  }

  void read_mega_hz(const std::string& word, double& value_hz) const {
    if (word.empty()) return;
    char* end = nullptr;
    const double value = std::strtod(word.c_str(), &end);
    if (*end != '\0' || !std::isfinite(value) || value <= 0)
      complain("'" + word + "' is no frequency, expected MHz");
    value_hz = value * kMega;
  }

  void read_time(const std::string& word, double& value_mjd_s) const {
    if (word.empty()) return;
    const auto stamp = astro::parse_stamp(word.size() == 10 ? word + "T00:00:00" : word);
    if (!stamp)
      complain("'" + word + "' is no time, expected YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS, UTC");
    value_mjd_s = *stamp;
  }

  std::string where_;
  std::vector<std::string> words_;
};

bool is_named(const Observation& observation, const FlagEntry& entry, std::size_t baseline) {
  if (entry.antenna1.empty()) return true;
  const std::string& first = observation.antennas[observation.antenna1[baseline]];
  const std::string& second = observation.antennas[observation.antenna2[baseline]];
  if (entry.antenna2.empty()) return first == entry.antenna1 || second == entry.antenna1;
  return (first == entry.antenna1 && second == entry.antenna2) ||
         (first == entry.antenna2 && second == entry.antenna1);
}

std::vector<std::size_t> named_channels(const Observation& observation, const FlagEntry& entry) {
  std::vector<std::size_t> channels;
  for (std::size_t c = 0; c < observation.n_channel(); ++c) {
    const double half_hz = 0.5 * observation.channel_width_hz[c];
    if (observation.frequency_hz[c] + half_hz > entry.low_hz &&
        observation.frequency_hz[c] - half_hz < entry.high_hz)
      channels.push_back(c);
  }
  return channels;
}

}  // namespace

std::vector<FlagEntry> read_flag_list(const std::string& path) {
  const auto list = file_bytes(path);
  if (!list) throw UsageError(path + ": cannot be read, expected a flag list");
  std::istringstream file(*list);
  std::vector<FlagEntry> entries;
  std::string text;
  bool has_titles = false;
  for (std::size_t number = 1; std::getline(file, text); ++number) {
    text = trimmed(text);
    if (text.empty() || text.front() == '#') continue;
    if (has_titles) {
      entries.push_back(Line(path, number, text).entry());
    } else if (text != kTitles) {
      throw UsageError(path + ":" + std::to_string(number) + ": expected the titles " + kTitles);
    }
    has_titles = true;
  }
  return entries;
}

std::size_t flag_listed(const Observation& observation, const std::vector<FlagEntry>& entries,
                        Flags& flags) {
  std::size_t n_used = 0;
  for (const FlagEntry& entry : entries) {
    const std::vector<std::size_t> channels = named_channels(observation, entry);
    bool used = false;
    for (std::size_t t = 0; t < observation.n_time(); ++t) {
      const double time = observation.time_mjd_s[t];
      if (time < entry.from_mjd_s || time >= entry.until_mjd_s) continue;
      for (std::size_t b = 0; b < observation.n_baseline(); ++b) {
        if (!is_named(observation, entry, b)) continue;
        const Span<Reason> row = flags.row(t, b);
        for (const std::size_t c : channels)
          flag_all({row.data() + c * observation.n_correlation, observation.n_correlation},
                   Reason::listed);
        used = used || !channels.empty();
      }
    }
    n_used += used;
  }
  return n_used;
}

}  // namespace contimg::rfi
