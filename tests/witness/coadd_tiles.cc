// SPDX-License-Identifier: GPL-3.0-or-later
// coadd_tiles STEM IMAGE...: adds up tiles as make-mosaic does, without a queue or a plan, into
// STEM-image.fits, STEM-rms.fits, STEM-weight.fits; for tests/witness/mosaic_witness.py.

#include <iostream>
#include <string>

#include "base/atomic_output.h"
#include "base/error.h"
#include "mosaic/coadd.h"

namespace {

using namespace contimg;

void add(const std::string& stem, const std::vector<mosaic::TileHeader>& tiles) {
  const mosaic::Grid grid = mosaic::grid_for(tiles);
  fits::Image header;
  header.n_x = grid.n_x;
  header.n_y = grid.n_y;
  header.wcs = grid.wcs;
  header.unit = "Jy/beam";
  AtomicOutput image_file(stem + "-image.fits", this_process(0), true),
      rms_file(stem + "-rms.fits", this_process(0), true),
      weight_file(stem + "-weight.fits", this_process(0), true);
  fits::ImageWriter image(image_file, header), rms(rms_file, header), weight(weight_file, header);
  mosaic::coadd(tiles, grid, {&image, &rms, &weight});
  for (fits::ImageWriter* writer : {&image, &rms, &weight}) writer->finish();
  for (AtomicOutput* file : {&image_file, &rms_file, &weight_file}) file->commit();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "coadd_tiles STEM IMAGE...\n";
    return 2;
  }
  try {
    std::vector<mosaic::TileHeader> tiles;
    for (int i = 2; i < argc; ++i) {
      const std::string path = argv[i];
      tiles.push_back({path, path, 0, fits::read_header(path)});
    }
    add(argv[1], tiles);
  } catch (const Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
