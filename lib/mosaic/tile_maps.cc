// SPDX-License-Identifier: GPL-3.0-or-later
#include "mosaic/tile_maps.h"

#include <boost/filesystem.hpp>

#include "base/error.h"
#include "fits/image_stream.h"

namespace contimg::mosaic {
namespace {

const std::string kEnding = "-image.fits";

std::string path_of(const std::string& image_path, const std::string& map) {
  if (image_path.size() < kEnding.size() ||
      image_path.compare(image_path.size() - kEnding.size(), kEnding.size(), kEnding) != 0)
    throw DataError(image_path + ": no tile's image by its name, expected <group>" + kEnding);
  return image_path.substr(0, image_path.size() - kEnding.size()) + "-" + map + ".fits";
}

template <typename Read>
fits::Image on_the_grid(const TileHeader& tile, const std::string& map, Read read) {
  const std::string path = path_of(tile.image_path, map);
  if (!boost::filesystem::exists(path))
    throw DataError(path + ": not there, expected the tile's map beside " + tile.image_path +
                    "; make the tile again with image-ms");
  fits::Image image = read(path);
  if (image.n_x != tile.header.n_x || image.n_y != tile.header.n_y)
    throw DataError(path + ": " + std::to_string(image.n_x) + " x " + std::to_string(image.n_y) +
                    " pixels, expected " + std::to_string(tile.header.n_x) + " x " +
                    std::to_string(tile.header.n_y) + " as in " + tile.image_path);
  return image;
}

}  // namespace

TileMaps read_maps(const TileHeader& tile) {
  TileMaps maps;
  maps.image = on_the_grid(tile, "image", fits::read_image);
  maps.beam = on_the_grid(tile, "pb", fits::read_image);
  maps.noise = on_the_grid(tile, "rms", fits::read_image);
  const std::string smearing = path_of(tile.image_path, "smearing");
  if (boost::filesystem::exists(smearing)) maps.smearing = fits::read_image(smearing);
  return maps;
}

void check_maps(const TileHeader& tile) {
  const auto read = [](const std::string& path) { return fits::read_header(path); };
  for (const char* map : {"image", "pb", "rms"}) on_the_grid(tile, map, read);
}

}  // namespace contimg::mosaic
