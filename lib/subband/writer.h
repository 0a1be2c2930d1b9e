// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <complex>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "astro/direction.h"
#include "base/hdf5.h"
#include "base/span.h"

namespace contimg::subband {

/// What the correlator writes beside visibilities, in its own order, units and conventions
/// (docs/formats/uvh5.md). Baselines are the same in every integration.
struct CorrelatorHeader {
  astro::Site site;
  double pointing_dec_rad = 0;  ///< Apparent declination of the meridian point.
  std::string telescope_name = "OVRO_MMA";
  std::string history;
  std::string fringestop_table;
  std::vector<std::string> station_name;         ///< [station]
  std::vector<astro::Vector3> station_offset_m;  ///< [station] ITRF minus the site's ITRF.
  double dish_diameter_m = 4.65;
  std::size_t n_antenna = 0;                     ///< Stations correlated.
  std::vector<std::int64_t> applied_delay_ns;    ///< [station, 2]
  std::vector<std::int64_t> station1, station2;  ///< [baseline]
  std::vector<float> uvw_m;                      ///< [baseline, 3] station2 minus station1.
  std::vector<double> time_jd;                   ///< [integration] mid, UTC.
  double integration_time_s = 0;
  std::vector<double> frequency_hz;        ///< [channel]
  double channel_width_hz = 0;             ///< Positive.
  std::vector<std::int64_t> polarization;  ///< [polarisation] AIPS codes.
};

/// Chunk shape that h5py's automatic chunking gives an extensible dataset created empty with this
/// shape (the first axis counts as 1024) and element size. What the correlator's files have.
/// Source: h5py/_hl/filters.py, guess_chunk.
hdf5::Shape automatic_chunk(hdf5::Shape shape, std::size_t element_byte);

/// Writes one subband file as the correlator does: under `<stem>_incomplete.hdf5` while open,
/// renamed to `<stem>.hdf5` by finish(); destroyed before that, the incomplete file stays, as
/// after a correlator's crash.
///
/// Rows are added in order, time-major, in blocks of any number of rows; complete chunks go to
/// the file as they fill. Flags are all false and nsamples all 96. Not for two threads at once,
/// nor while another thread is inside HDF5. Throws DataError and TemporaryError as hdf5::File.
class Writer {
 public:
  Writer(const std::string& path, CorrelatorHeader header);

  std::size_t n_row() const { return n_row_; }
  /// Rows that make whole chunks: blocks of a multiple of this many rows are written fastest.
  std::size_t block_rows() const { return visibility_chunk_[0]; }

  /// Adds rows: [row, channel, polarisation], conj(E1) E2. Throws std::invalid_argument when
  /// there are more than the header announced, or not whole rows.
  void append(Span<const std::complex<float>> visibilities);
  /// Closes the file and gives it its name. Throws std::invalid_argument when rows are missing.
  void finish();
  const std::string& incomplete_path() const { return incomplete_path_; }

 private:
  void write_header();
  void write_stations();
  void write_keywords();
  void write_rows_of_header();
  void write_constants();
  void write_block(std::size_t first_row, const std::complex<float>* rows, std::size_t n_row);

  std::string path_, incomplete_path_;
  CorrelatorHeader header_;
  std::size_t n_row_, n_channel_, n_polarization_, n_written_ = 0;
  hdf5::Shape visibility_chunk_;
  std::vector<std::complex<float>> pending_;  // [row, channel, polarisation], under one block
  std::vector<std::complex<float>> chunk_;
  hdf5::Handle complex_;
  std::unique_ptr<hdf5::File> file_;
  std::unique_ptr<hdf5::Dataset> visibilities_;
};

/// `<stem>_incomplete.hdf5` for `<stem>.hdf5`.
std::string incomplete_path(const std::string& path);

}  // namespace contimg::subband
