// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/atomic_output.h"
#include "mosaic/candidate.h"
#include "mosaic/coadd.h"
#include "mosaic/quality.h"

namespace contimg::mosaic {

/// What the products say of themselves beside their pixels: cards in docs/formats/mosaic.md.
struct MosaicHeader {
  std::string name, tier, fingerprint, command_line;
  std::string calibration_set;  ///< Of all members; empty when they have several.
  bool science = true;          ///< All members are.
  double start_mjd = 0, end_mjd = 0;
  double exposure_s = 0;  ///< Sum over the members.
  std::vector<Candidate> members;
};

/// What follows from the members alone.
MosaicHeader header_of(const std::string& name, const std::string& tier,
                       const std::vector<Candidate>& members, const std::string& fingerprint);

/// What is only known once pixels are added up and judged.
struct MosaicResult {
  fits::Beam beam;
  double beam_spread = 1;
  std::string verdict;
  std::vector<double> weight_shares;  ///< Of the members.
};

/// The products of one mosaic: `<stem>-{image,rms,weight}.fits`, `-sources.csv`, `-image.png` and
/// `-thumbnail.png`. All lie aside until commit() puts them in place one right after the other,
/// the image last: where that is new, so are the others. A product that is not committed goes.
class Products {
 public:
  Products(const std::string& stem, const MosaicHeader& header, const Grid& grid);

  CoaddOutputs outputs() { return {&image_writer_, &rms_writer_, &weight_writer_}; }
  /// Ends the three maps; nothing may be written into them any more.
  void finish_maps();
  /// Where the finished maps lie until they are committed.
  const std::string& image_path() const { return image_.path(); }
  const std::string& rms_path() const { return rms_.path(); }
  const fits::Image& image_header() const { return image_header_; }

  void write_sources(const std::vector<OverlapSource>& sources);
  /// Completes the headers of the maps.
  void amend(const MosaicResult& result);
  /// A picture of the mosaic made small, with the brightest sources marked, and a thumbnail. Without
  /// gnuplot there is none, which is logged.
  void draw(const CoaddReport& report, const MosaicFigures& figures,
            const quality::Verdict& verdict, const std::vector<OverlapSource>& sources,
            const fits::Beam& beam);
  /// Returned: the paths, the image's first. Throws TemporaryError for the disk.
  std::vector<std::string> commit();

 private:
  fits::Image header_for(const std::string& unit) const;

  const MosaicHeader& header_;
  fits::Image image_header_;
  AtomicOutput image_, rms_, weight_, table_, picture_, thumbnail_;
  fits::ImageWriter image_writer_, rms_writer_, weight_writer_;
  bool drawn_ = false;
};

}  // namespace contimg::mosaic
