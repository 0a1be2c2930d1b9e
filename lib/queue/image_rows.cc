// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/image_rows.h"

#include <algorithm>

namespace contimg::queue {
namespace {

constexpr double kStrip_deg = 1;
constexpr int kMost = 50;
constexpr std::size_t kFewest = 5;

void insert(Database& db, const std::string& group_id, const ImageRow& row, double now) {
  const bool beam = row.beam_major_arcsec > 0;
  const auto if_beam = [&](double value) {
    return beam ? std::optional<double>(value) : std::nullopt;
  };
  Statement(db,
            "INSERT INTO images (path, ms_path, group_id, created_at, type, pbcor, tier, science,"
            " field_name, center_ra_deg, center_dec_deg, imsize_x, imsize_y, cellsize_arcsec,"
            " beam_major_arcsec, beam_minor_arcsec, beam_pa_deg, noise_jy, dynamic_range, freq_ghz,"
            " bandwidth_mhz, integration_sec, mid_mjd, calibration_set, smearing_max, verdict)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,"
            " ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26)")
      .bind(1, row.path)
      .bind(2, row.ms_path)
      .bind(3, group_id)
      .bind(4, now)
      .bind(5, row.type)
      .bind(6, row.pbcor ? 1 : 0)
      .bind(7, row.tier)
      .bind(8, row.science ? 1 : 0)
      .bind(9, row.field_name)
      .bind(10, row.center_ra_deg)
      .bind(11, row.center_dec_deg)
      .bind(12, row.imsize_x)
      .bind(13, row.imsize_y)
      .bind(14, row.cellsize_arcsec)
      .bind(15, if_beam(row.beam_major_arcsec))
      .bind(16, if_beam(row.beam_minor_arcsec))
      .bind(17, if_beam(row.beam_pa_deg))
      .bind(18, row.noise_jy)
      .bind(19, row.dynamic_range)
      .bind(20, row.freq_ghz)
      .bind(21, row.bandwidth_mhz)
      .bind(22, row.integration_sec)
      .bind(23, row.mid_mjd)
      .bind(24, row.calibration_set.empty() ? std::nullopt
                                            : std::optional<std::string>(row.calibration_set))
      .bind(25, row.smearing_max)
      .bind(26, row.verdict)
      .run();
}

void insert(Database& db, const std::string& group_id, const ImageQualityRow& row, double now) {
  Statement(db,
            "INSERT INTO image_qa (image_path, group_id, verdict, reasons, global_rms_jy,"
            " local_rms_jy, theoretical_rms_jy, rms_over_strip, peak_jy, dynamic_range,"
            " beam_axis_ratio, flux_ratio, completeness, astrometry_arcsec, nan_fraction,"
            " flagged_share, n_reference, figures, gates, engine, recorded_at)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,"
            " ?18, ?19, ?20, ?21)")
      .bind(1, row.image_path)
      .bind(2, group_id)
      .bind(3, row.verdict)
      .bind(4, row.reasons)
      .bind(5, row.global_rms_jy)
      .bind(6, row.local_rms_jy)
      .bind(7, row.theoretical_rms_jy)
      .bind(8, row.rms_over_strip)
      .bind(9, row.peak_jy)
      .bind(10, row.dynamic_range)
      .bind(11, row.beam_axis_ratio)
      .bind(12, row.flux_ratio)
      .bind(13, row.completeness)
      .bind(14, row.astrometry_arcsec)
      .bind(15, row.nan_fraction)
      .bind(16, row.flagged_share)
      .bind(17, row.n_reference)
      .bind(18, row.figures)
      .bind(19, row.gates)
      .bind(20, row.engine)
      .bind(21, now)
      .run();
}

}  // namespace

void record_images(Database& db, const std::string& group_id, const ImagesOutcome& outcome,
                   double now_unix_s) {
  Statement(db, "DELETE FROM image_qa WHERE group_id = ?").bind(1, group_id).run();
  Statement(db, "DELETE FROM images WHERE group_id = ?").bind(1, group_id).run();
  for (const ImageRow& row : outcome.images) insert(db, group_id, row, now_unix_s);
  if (outcome.images.empty()) return;
  insert(db, group_id, outcome.quality, now_unix_s);
  Statement(db, "UPDATE ms_index SET imagename = ? WHERE group_id = ?")
      .bind(1, outcome.images.front().path)
      .bind(2, group_id)
      .run();
}

std::optional<double> strip_rms_jy(Database& db, double dec_deg, const std::string& group_id) {
  Statement query(db,
                  "SELECT noise_jy FROM images WHERE type = 'image' AND tier = 'science'"
                  " AND science AND verdict <> 'FAIL' AND noise_jy > 0 AND group_id <> ?3"
                  " AND center_dec_deg BETWEEN ?1 AND ?2 ORDER BY mid_mjd DESC LIMIT ?4");
  query.bind(1, dec_deg - kStrip_deg).bind(2, dec_deg + kStrip_deg);
  query.bind(3, group_id).bind(4, kMost);
  std::vector<double> noise;
  while (query.step()) noise.push_back(query.real(0));
  if (noise.size() < kFewest) return std::nullopt;
  std::sort(noise.begin(), noise.end());
  return (noise[(noise.size() - 1) / 2] + noise[noise.size() / 2]) / 2;
}

}  // namespace contimg::queue
