// SPDX-License-Identifier: GPL-3.0-or-later
#include "mosaic/coadd.h"

#include <algorithm>
#include <tuple>

#include "mosaic/footprint.h"
#include "mosaic/resample.h"
#include "mosaic/tile_maps.h"
#include "mosaic/window_output.h"

namespace contimg::mosaic {
namespace {

// A tile, or a part of one that the projection tears.
struct Piece {
  std::size_t tile;
  fits::Box box;
};

// Along the strip.
std::vector<Piece> pieces_of(const std::vector<TileHeader>& tiles, const Grid& grid) {
  std::vector<Piece> pieces;
  for (std::size_t tile = 0; tile < tiles.size(); ++tile)
    for (const Extent& extent : footprint(tiles[tile].header, grid.wcs)) {
      const fits::Box box = pixels_in(extent, grid.n_x, grid.n_y);
      if (box.n_x > 0) pieces.push_back({tile, box});
    }
  const auto place = [&](const Piece& piece) {
    return std::tie(piece.box.x0, piece.box.y0, tiles[piece.tile].group_id);
  };
  std::sort(pieces.begin(), pieces.end(),
            [&](const Piece& a, const Piece& b) { return place(a) < place(b); });
  return pieces;
}

fits::Box around(const fits::Box& a, const fits::Box& b) {
  if (a.n_x == 0) return b;
  fits::Box both;
  both.x0 = std::min(a.x0, b.x0);
  both.y0 = std::min(a.y0, b.y0);
  both.n_x = std::max(a.x0 + a.n_x, b.x0 + b.n_x) - both.x0;
  both.n_y = std::max(a.y0 + a.n_y, b.y0 + b.n_y) - both.y0;
  return both;
}

std::vector<fits::Box> boxes_after(const std::vector<Piece>& pieces, std::size_t index) {
  std::vector<fits::Box> boxes;
  for (std::size_t i = index + 1; i < pieces.size(); ++i) boxes.push_back(pieces[i].box);
  return boxes;
}

}  // namespace

CoaddReport coadd(const std::vector<TileHeader>& tiles, const Grid& grid,
                  const CoaddOutputs& outputs, const CoaddSettings& settings) {
  CoaddReport report;
  for (const TileHeader& tile : tiles) {
    check_maps(tile);
    report.members.push_back({tile.group_id, {}, 0, 0});
  }
  const std::vector<Piece> pieces = pieces_of(tiles, grid);
  Window window(grid.n_x, grid.n_y);
  WindowOutput output(grid, outputs);
  double all_weights = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (settings.check) settings.check();
    const fits::Box& box = pieces[i].box;
    const TileMaps maps = read_maps(tiles[pieces[i].tile]);
    const Added added =
        add_tile(maps, settings.beam_floor, grid.wcs, box, settings.n_thread, window);
    MemberReport& member = report.members[pieces[i].tile];
    member.box = around(member.box, box);
    member.weight_share += added.weight;
    member.n_pixel += added.n_pixel;
    all_weights += added.weight;
    report.most_resident = std::max(report.most_resident, window.n_pixel());
    for (const WindowBlock& block : window.finished(boxes_after(pieces, i))) output.write(block);
  }
  if (settings.check) settings.check();
  if (all_weights > 0)
    for (MemberReport& member : report.members) member.weight_share /= all_weights;
  output.report(report);
  return report;
}

}  // namespace contimg::mosaic
