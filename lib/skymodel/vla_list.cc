// SPDX-License-Identifier: GPL-3.0-or-later
// The VLA calibrator list as sources: a position, other names, flux densities by band.
#include <algorithm>
#include <cctype>
#include <map>
#include <sstream>

#include "astro/constants.h"
#include "base/error.h"
#include "base/file_bytes.h"
#include "base/text.h"
#include "skymodel/angle_text.h"
#include "skymodel/source_list.h"
#include "skymodel/source_name.h"

namespace contimg::skymodel {
namespace {

std::vector<std::string> tokens_of(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> tokens;
  for (std::string token; stream >> token;) tokens.push_back(token);
  return tokens;
}

// Middle of each of the VLA's bands as the list was observed (NRAO, VLA calibrator manual).
double band_frequency_hz(const std::string& band) {
  static const std::map<std::string, double> frequencies = {
      {"90cm", 0.327e9}, {"20cm", 1.425e9},  {"6cm", 4.86e9},
      {"4cm", 8.46e9},   {"3.7cm", 8.46e9},  {"3.6cm", 8.46e9},
      {"2cm", 14.94e9},  {"1.3cm", 22.46e9}, {"0.7cm", 43.34e9}};
  const auto found = frequencies.find(band);
  return found == frequencies.end() ? 0 : found->second;
}

// "Aug01", or USNO: the reference of the position, which may be absent before the other name.
bool position_reference(const std::string& token) {
  if (token == "USNO") return true;
  return token.size() == 5 && std::isupper(static_cast<unsigned char>(token[0])) &&
         std::islower(static_cast<unsigned char>(token[1])) &&
         std::islower(static_cast<unsigned char>(token[2])) &&
         std::isdigit(static_cast<unsigned char>(token[3])) &&
         std::isdigit(static_cast<unsigned char>(token[4]));
}

bool band_token(const std::string& token) {
  return token.size() > 2 && std::isdigit(static_cast<unsigned char>(token[0])) &&
         token.compare(token.size() - 2, 2, "cm") == 0;
}

class VlaReader {
 public:
  explicit VlaReader(const std::string& path) : path_(path) {}

  SourceList read() {
    const auto text = file_bytes(path_);
    if (!text) throw DataError(path_ + ": cannot be read, expected the VLA calibrator list");
    std::istringstream file(*text);
    std::string line;
    for (; std::getline(file, line); ++n_line_) {
      if (n_line_ == 1 && line.compare(0, 8, "IAU NAME") != 0)
        throw DataError(path_ + ": does not begin with IAU NAME, expected the VLA calibrator list");
      const std::vector<std::string> tokens = tokens_of(line);
      if (std::any_of(tokens.begin(), tokens.end(),
                      [](const std::string& token) { return printable(token) != token; })) {
        in_source_ = false;
        list_.reject(place(), "holds control characters");
        continue;
      }
      if (tokens.size() >= 2 && tokens[1] == "J2000")
        start_source(tokens);
      else if (tokens.size() >= 2 && tokens[1] == "B1950")
        add_b1950(tokens);
      else if (!tokens.empty() && band_token(tokens[0]))
        add_band(tokens);
      else if (!furniture(tokens))
        list_.reject(place(), "neither a source nor a band: '" + trimmed(line) + "'");
    }
    if (list_.sources.empty())
      throw DataError(path_ + ": no sources, expected the VLA calibrator list");
    return std::move(list_);
  }

 private:
  std::string place() const { return "line " + std::to_string(n_line_); }

  static bool furniture(const std::vector<std::string>& tokens) {
    return tokens.empty() || tokens[0][0] == '-' || tokens[0][0] == '=' || tokens[0] == "BAND" ||
           tokens[0] == "IAU";
  }

  void start_source(const std::vector<std::string>& tokens) {
    ++list_.n_row;
    in_source_ = false;
    const auto ra = tokens.size() < 5 ? std::nullopt : read_angle(tokens[3]);
    const auto dec = tokens.size() < 5 ? std::nullopt : read_angle(tokens[4]);
    if (!ra || !dec || ra->unit != 'h' || ra->value < 0 || ra->value >= 24 || dec->unit != 'd' ||
        std::abs(dec->value) > 90)
      return list_.reject(place(), "no position for " + tokens[0]);
    in_source_ = true;
    NewSource entry;
    entry.source.name = tokens[0];
    entry.source.position = {ra->value * 15 * astro::kDegree, dec->value * astro::kDegree};
    entry.source.position_quality = tokens[2];
    entry.aliases = {j_name(entry.source.position), "J" + tokens[0]};
    for (std::size_t i = 5; i < tokens.size(); ++i)
      if (!position_reference(tokens[i])) entry.aliases.push_back(tokens[i]);
    list_.sources.push_back(std::move(entry));
  }

  void add_b1950(const std::vector<std::string>& tokens) {
    if (!in_source_) return;
    list_.sources.back().aliases.push_back(tokens[0]);
    list_.sources.back().aliases.push_back("B" + tokens[0]);
  }

  // BAND LETTER A B C D FLUX [UVMIN] [UVMAX] [visplot]
  void add_band(const std::vector<std::string>& tokens) {
    ++list_.n_row;
    BandFlux band;
    band.band = tokens[0];
    band.frequency_hz = band_frequency_hz(tokens[0]);
    if (!in_source_ || band.frequency_hz <= 0)
      return list_.reject(place(), "band " + tokens[0] + " unknown or without a source");
    if (tokens.size() >= 6) band.quality = tokens[2] + tokens[3] + tokens[4] + tokens[5];
    const auto flux = tokens.size() >= 7 ? read_number(tokens[6]) : std::nullopt;
    if (flux) ++list_.n_numeric_flux;
    if (flux && *flux > 0)
      band.flux_jy = *flux;
    else
      ++list_.n_without_flux;
    list_.sources.back().source.fluxes.push_back(band);
  }

  std::string path_;
  SourceList list_;
  std::size_t n_line_ = 1;
  bool in_source_ = false;
};

}  // namespace

SourceList read_vla_list(const std::string& path) { return VlaReader(path).read(); }

}  // namespace contimg::skymodel
