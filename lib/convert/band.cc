// SPDX-License-Identifier: GPL-3.0-or-later
#include "convert/band.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

#include "base/error.h"
#include "subband/name.h"

namespace contimg::convert {
namespace {

using subband::Header;

std::string megahertz(double frequency_hz) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6f MHz", frequency_hz / 1e6);
  return text;
}

double tolerance_hz(const Header& header) {
  return std::max(1.0, 1e-3 * header.channel_width_hz.front());
}

bool is_descending(const Header& header) {
  const std::vector<double>& f = header.frequency_hz;
  if (f.size() < 2) return false;
  const bool down = f[1] < f[0];
  for (std::size_t i = 1; i < f.size(); ++i)
    if ((f[i] < f[i - 1]) != down || f[i] == f[i - 1])
      throw DataError(header.summary.path +
                      ": Header/freq_array neither ascends nor descends throughout");
  return down;
}

double lowest_hz(const Header& header) {
  return std::min(header.frequency_hz.front(), header.frequency_hz.back());
}

// Channels per file times their spacing: how far apart neighbouring subbands begin.
double spacing_hz(const Header& header) {
  return header.channel_width_hz.front() * static_cast<double>(header.frequency_hz.size());
}

void require_same_grid(const Header& header, const Header& first) {
  const std::string& path = header.summary.path;
  if (header.frequency_hz.size() != first.frequency_hz.size())
    throw DataError(path + ": has " + std::to_string(header.frequency_hz.size()) +
                    " channels, expected " + std::to_string(first.frequency_hz.size()) + " as " +
                    first.summary.path);
  if (std::abs(header.channel_width_hz.front() - first.channel_width_hz.front()) >
      1e-6 * first.channel_width_hz.front())
    throw DataError(path + ": channel width differs from that of " + first.summary.path);
}

long offset_in_slots(const Header& header, const Header& reference) {
  const double offset = (lowest_hz(header) - lowest_hz(reference)) / spacing_hz(reference);
  const long slots = std::lround(offset);
  const double error_hz = std::abs(offset - static_cast<double>(slots)) * spacing_hz(reference);
  if (error_hz > tolerance_hz(reference))
    throw DataError(
        header.summary.path + ": channels begin at " + megahertz(lowest_hz(header)) +
        ", which does not abut " + reference.summary.path + ", expected " +
        megahertz(lowest_hz(reference) + static_cast<double>(slots) * spacing_hz(reference)));
  return slots;
}

// How many slots of a whole group of `expected` lie below the lowest file, if that can be known.
std::optional<long> slots_below(const std::vector<Header>& headers,
                                const std::vector<long>& offsets, std::size_t expected,
                                bool is_dsa110) {
  for (std::size_t i = 0; i < headers.size(); ++i) {
    std::optional<int> number = subband::subband_from_frequency(headers[i].summary);
    const auto name = subband::parse_file_name(headers[i].summary.path);
    if (!is_dsa110 && name) number = name->subband;
    if (!number || static_cast<std::size_t>(*number) >= expected) continue;
    const long below = static_cast<long>(expected) - 1 - *number - offsets[i];
    if (below >= 0) return below;
  }
  return std::nullopt;
}

std::vector<std::size_t> missing_slots(const std::vector<Header>& headers, const Band& band) {
  std::vector<std::size_t> holder(band.n_slot, headers.size());
  for (std::size_t i = 0; i < headers.size(); ++i) {
    std::size_t& taken = holder[band.places[i].slot];
    if (taken != headers.size())
      throw DataError(headers[i].summary.path + ": has the same frequencies as " +
                      headers[taken].summary.path + "; leave one of them out");
    taken = i;
  }
  std::vector<std::size_t> missing;
  for (std::size_t slot = 0; slot < band.n_slot; ++slot)
    if (holder[slot] == headers.size()) missing.push_back(slot);
  return missing;
}

void fill_frequencies(const std::vector<Header>& headers, Band& band) {
  const Header& reference = headers.front();
  const double width_hz = reference.channel_width_hz.front();
  const double base_hz =
      lowest_hz(reference) - static_cast<double>(band.places.front().slot) * spacing_hz(reference);
  const std::size_t n = band.n_slot * band.n_channel;
  band.frequency_hz.resize(n);
  band.width_hz.assign(n, width_hz);
  for (std::size_t i = 0; i < n; ++i)
    band.frequency_hz[i] = base_hz + static_cast<double>(i) * width_hz;
  for (std::size_t file = 0; file < headers.size(); ++file) {
    const std::size_t begin = band.places[file].slot * band.n_channel;
    for (std::size_t k = 0; k < band.n_channel; ++k) {
      const std::size_t from = band.places[file].descending ? band.n_channel - 1 - k : k;
      band.frequency_hz[begin + k] = headers[file].frequency_hz[from];
      band.width_hz[begin + k] = headers[file].channel_width_hz[from];
    }
  }
}

}  // namespace

Band join_band(const std::vector<Header>& headers, std::size_t expected_subbands) {
  if (headers.empty()) throw DataError("group without any readable subband file");
  Band band;
  const Header& first = headers.front();
  band.n_channel = first.frequency_hz.size();
  std::vector<long> offsets;
  band.is_dsa110 = true;
  for (const Header& header : headers) {
    require_same_grid(header, first);
    offsets.push_back(offset_in_slots(header, first));
    band.is_dsa110 = band.is_dsa110 && subband::subband_from_frequency(header.summary).has_value();
  }
  const long lowest = *std::min_element(offsets.begin(), offsets.end());
  for (long& offset : offsets) offset -= lowest;
  const auto span = static_cast<std::size_t>(*std::max_element(offsets.begin(), offsets.end())) + 1;
  const std::size_t expected = std::max(expected_subbands, span);
  constexpr std::size_t kMostSubbands = 1024;
  if (span > kMostSubbands)
    throw DataError(first.summary.path + ": the group's files span " + std::to_string(span) +
                    " subbands; they are not of one band");
  const std::optional<long> known = slots_below(headers, offsets, expected, band.is_dsa110);
  const bool whole = known && static_cast<std::size_t>(*known) + span <= expected;
  const long below = whole ? *known : 0;
  band.n_slot = whole ? expected : span;
  for (std::size_t i = 0; i < headers.size(); ++i)
    band.places.push_back(
        {static_cast<std::size_t>(offsets[i] + below), is_descending(headers[i])});
  band.missing_slots = missing_slots(headers, band);
  fill_frequencies(headers, band);
  return band;
}

}  // namespace contimg::convert
