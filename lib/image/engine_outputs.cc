// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/engine_outputs.h"

#include <algorithm>
#include <boost/filesystem.hpp>
#include <cmath>
#include <map>

#include "base/error.h"

namespace contimg::image {
namespace {

namespace fs = boost::filesystem;

std::vector<std::string> words_of(const std::string& name) {
  std::vector<std::string> words(1);
  for (const char c : name) {
    if (c == '-')
      words.emplace_back();
    else
      words.back() += c;
  }
  return words;
}

// Word that ends the name, such as "residual", to path. The whole band's go before a part's.
std::map<std::string, std::string> written(const std::string& folder) {
  std::map<std::string, std::string> found;
  std::map<std::string, bool> of_part;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".fits") continue;
    const std::vector<std::string> words = words_of(entry.path().stem().string());
    if (words.front() != "w" || words.size() < 2) continue;
    const bool part =
        words.size() > 2 && std::find(words.begin(), words.end(), "MFS") == words.end();
    const std::string& kind = words.back();
    if (found.count(kind) != 0 && part) continue;
    if (found.count(kind) != 0 && !of_part[kind])
      throw DataError(folder + ": WSClean has written several images '" + kind +
                      "', expected one; is this another version than 3.1?");
    found[kind] = entry.path().string();
    of_part[kind] = part;
  }
  return found;
}

bool blank(const fits::Image& image) {
  return std::none_of(image.pixels.begin(), image.pixels.end(),
                      [](float value) { return std::isfinite(value); });
}

}  // namespace

void read_engine_outputs(const std::string& folder, EngineRun& run) {
  const std::map<std::string, std::string> files = written(folder);
  const auto path_of = [&](const char* kind) {
    const auto file = files.find(kind);
    if (file != files.end()) return file->second;
    std::string list;
    for (const auto& [word, path] : files) list += (list.empty() ? "" : ", ") + word;
    throw DataError("WSClean has written no '" + std::string(kind) + "' image, but " +
                    (list.empty() ? "nothing" : list));
  };
  run.image = fits::read_image(path_of("image"));
  if (blank(run.image)) throw DataError("WSClean's image is blank throughout, expected pixels");
  run.psf = fits::read_image(path_of("psf"));
  if (files.count("model") == 0 && files.count("residual") == 0) return;
  run.residual = fits::read_image(path_of("residual"));
  run.dirty = fits::read_image(path_of("dirty"));
  run.model = fits::read_image(path_of("model"));
  for (const fits::Image* other : {&run.residual, &run.dirty, &run.model})
    if (other->n_x != run.image.n_x || other->n_y != run.image.n_y)
      throw DataError("WSClean has written images of different sizes");
  for (const float value : run.model.pixels)
    if (std::isfinite(value)) run.cleaned_flux_jy += static_cast<double>(value);
}

}  // namespace contimg::image
