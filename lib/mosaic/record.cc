// SPDX-License-Identifier: GPL-3.0-or-later
#include "mosaic/record.h"

#include "astro/constants.h"

namespace contimg::mosaic {
namespace {

void insert_mosaic(Database& db, const MosaicRecord& record, double now_unix_s) {
  const fits::Image& header = record.header;
  const astro::Direction centre = header.wcs.centre();
  const auto if_beam = [&](double value) {
    return header.beam ? std::optional<double>(value) : std::nullopt;
  };
  const fits::Beam beam = header.beam.value_or(fits::Beam{});
  Statement(db,
            "INSERT INTO mosaics (name, path, tier, science, n_images, start_mjd, end_mjd,"
            " center_ra_deg, center_dec_deg, imsize_x, imsize_y, cellsize_arcsec,"
            " beam_major_arcsec, beam_minor_arcsec, beam_pa_deg, noise_jy, freq_ghz,"
            " calibration_set, verdict, method, fingerprint, created_at) VALUES (?1, ?2, ?3, ?4,"
            " ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)")
      .bind(1, record.name)
      .bind(2, record.path)
      .bind(3, record.tier)
      .bind(4, record.science)
      .bind(5, record.members.size())
      .bind(6, record.start_mjd)
      .bind(7, record.end_mjd)
      .bind(8, centre.ra_rad / astro::kDegree)
      .bind(9, centre.dec_rad / astro::kDegree)
      .bind(10, header.n_x)
      .bind(11, header.n_y)
      .bind(12, header.wcs.pixel_rad() / astro::kArcsec)
      .bind(13, if_beam(beam.major_rad / astro::kArcsec))
      .bind(14, if_beam(beam.minor_rad / astro::kArcsec))
      .bind(15, if_beam(beam.position_angle_rad / astro::kDegree))
      .bind(16, record.figures.median_rms_jy)
      .bind(17, header.frequency_hz / 1e9)
      .bind(18, record.calibration_set.empty() ? std::nullopt
                                               : std::optional<std::string>(record.calibration_set))
      .bind(19, quality::grade_name(record.verdict.grade))
      .bind(20, "pb2/rms2 weights, Kaiser 8 resampling")
      .bind(21, record.fingerprint)
      .bind(22, now_unix_s)
      .run();
}

void insert_members(Database& db, const MosaicRecord& record) {
  Statement insert(db,
                   "INSERT INTO mosaic_members (mosaic, order_index, group_id, image_path,"
                   " mid_mjd, weight_share) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
  for (std::size_t i = 0; i < record.members.size(); ++i) {
    const TileHeader& tile = record.members[i].tile;
    insert.bind(1, record.name)
        .bind(2, i)
        .bind(3, tile.group_id)
        .bind(4, tile.image_path)
        .bind(5, tile.mid_mjd)
        .bind(6, record.coadd.members[i].weight_share)
        .run();
  }
}

void insert_quality(Database& db, const MosaicRecord& record, double now_unix_s) {
  const MosaicFigures& figures = record.figures;
  Statement(db,
            "INSERT INTO mosaic_qa (mosaic, verdict, reasons, noise_ratio, noise_jy, flux_ratio,"
            " flux_scatter, astrometry_arcsec, completeness, blank_fraction, beam_spread,"
            " n_reference, n_source, figures, gates, recorded_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6,"
            " ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)")
      .bind(1, record.name)
      .bind(2, quality::grade_name(record.verdict.grade))
      .bind(3, record.verdict.reasons())
      .bind(4, figures.noise_ratio)
      .bind(5, figures.median_rms_jy)
      .bind(6, figures.flux_ratio)
      .bind(7, figures.flux_scatter)
      .bind(8, figures.astrometry_arcsec)
      .bind(9, figures.completeness)
      .bind(10, figures.blank_fraction)
      .bind(11, figures.beam_spread)
      .bind(12, figures.n_reference)
      .bind(13, figures.n_source)
      .bind(14, figures.json().dump())
      .bind(15, record.verdict.json().dump())
      .bind(16, now_unix_s)
      .run();
}

}  // namespace

std::vector<QueuedTile> queued_tiles(Database& db, double from_mjd, double until_mjd,
                                     std::optional<double> dec_deg, double tolerance_rad) {
  const double tolerance_deg = tolerance_rad / astro::kDegree;
  Statement query(db,
                  "SELECT path, mid_mjd FROM images WHERE type = 'image'"
                  " AND mid_mjd >= ?1 AND mid_mjd < ?2"
                  " AND (?3 IS NULL OR center_dec_deg BETWEEN ?3 - ?4 AND ?3 + ?4)"
                  " ORDER BY mid_mjd, path");
  query.bind(1, from_mjd).bind(2, until_mjd).bind(3, dec_deg).bind(4, tolerance_deg);
  std::vector<QueuedTile> tiles;
  while (query.step()) tiles.push_back({query.text(0), query.real(1)});
  return tiles;
}

void record_mosaic(Database& db, const MosaicRecord& record, double now_unix_s) {
  Transaction transaction(db);
  // An operator's shell has no foreign keys, and may have left some of its rows.
  for (const char* table : {"mosaic_members", "mosaic_qa"})
    Statement(db, "DELETE FROM " + std::string(table) + " WHERE mosaic = ?")
        .bind(1, record.name)
        .run();
  Statement(db, "DELETE FROM mosaics WHERE name = ?1 OR path = ?2")
      .bind(1, record.name)
      .bind(2, record.path)
      .run();
  insert_mosaic(db, record, now_unix_s);
  insert_members(db, record);
  insert_quality(db, record, now_unix_s);
  transaction.commit();
}

bool is_recorded(Database& db, const std::string& name, const std::string& fingerprint) {
  Statement query(db, "SELECT 1 FROM mosaics WHERE name = ?1 AND fingerprint = ?2");
  return query.bind(1, name).bind(2, fingerprint).step();
}

}  // namespace contimg::mosaic
