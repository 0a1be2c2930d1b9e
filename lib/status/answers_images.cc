// SPDX-License-Identifier: GPL-3.0-or-later
// What is told of images and mosaics, and where their pictures lie.
#include "base/clock.h"
#include "queue/commands.h"
#include "queue/report.h"
#include "status/answers.h"

namespace contimg::status {
namespace {

// The words that the first design has for a verdict.
Json grade(const std::string& verdict) {
  if (verdict == "PASS") return "good";
  if (verdict == "WARN") return "warn";
  if (verdict == "FAIL") return "fail";
  return nullptr;
}

constexpr const char* kImageColumns =
    "SELECT id, path, verdict, created_at, group_id, center_ra_deg, center_dec_deg, type, tier,"
    " science, noise_jy, dynamic_range, beam_major_arcsec, beam_minor_arcsec, mid_mjd,"
    " calibration_set FROM images ";

Json image_row(const Statement& row) {
  return {{"id", row.integer(0)},
          {"path", row.text(1)},
          {"qa_grade", grade(row.text(2))},
          {"created_at", utc_text(row.real(3))},
          {"run_id", row.text(4)},
          {"pointing_ra_deg", row.real(5)},
          {"pointing_dec_deg", row.real(6)},
          {"type", row.text(7)},
          {"tier", row.text(8)},
          {"science", row.integer(9) != 0},
          {"noise_jy", finite(row.real(10))},
          {"dynamic_range", finite(row.real(11))},
          {"beam_major_arcsec", finite(row.real(12))},
          {"beam_minor_arcsec", finite(row.real(13))},
          {"observed_at", utc_text((row.real(14) - kUnixEpoch_mjd) * kDay_s)},
          {"calibration_set", row.is_null(15) ? Json() : Json(row.text(15))}};
}

std::string beside(const std::string& image_path, const std::string& kind) {
  for (const char* ending : {"-image-pbcor.fits", "-image.fits"}) {
    const std::size_t at = image_path.rfind(ending);
    if (at != std::string::npos && at + std::string(ending).size() == image_path.size())
      return image_path.substr(0, at) + "-" + kind + ".png";
  }
  throw Refused(404, "no picture is made of this kind of image");
}

constexpr const char* kMosaicColumns =
    "SELECT m.name, m.status, m.tier, m.n_images, m.path, m.verdict, m.created_at, m.id, "
    "m.start_mjd,"
    " m.end_mjd, m.center_ra_deg, m.center_dec_deg, m.noise_jy, m.science, q.reasons FROM mosaics m"
    " LEFT JOIN mosaic_qa q ON q.mosaic = m.name ";

Json mosaic_row(const Statement& row) {
  return {{"name", row.text(0)},
          {"status", row.text(1)},
          {"tier", row.text(2)},
          {"n_images", row.integer(3)},
          {"mosaic_path", row.text(4)},
          {"qa_status", row.text(5)},
          {"created_at", utc_text(row.real(6))},
          {"id", row.integer(7)},
          {"start_time", utc_text((row.real(8) - kUnixEpoch_mjd) * kDay_s)},
          {"end_time", utc_text((row.real(9) - kUnixEpoch_mjd) * kDay_s)},
          {"ra_deg", row.real(10)},
          {"dec_deg", row.real(11)},
          {"noise_jy", finite(row.real(12))},
          {"science", row.integer(13) != 0},
          {"qa_reasons", row.is_null(14) ? Json() : Json(row.text(14))}};
}

// What a command says of a mosaic that is not there yet.
Json asked_mosaic(const Json& command) {
  const std::string state = command["state"];
  const char* status = state == "queued"  ? "pending"
                       : state == "taken" ? "in_progress"
                       : state == "done"  ? "completed"
                                          : "failed";
  Json json = {{"name", command["arguments"].value("name", "")},
               {"status", status},
               {"tier", command["arguments"].value("tier", Json())},
               {"n_images", nullptr},
               {"mosaic_path", nullptr},
               {"qa_status", nullptr},
               {"created_at", nullptr},
               {"execution_id", command["id"]},
               {"requested_at", utc_text(command["requested_at"].get<double>())}};
  json["result"] = command["result"];
  return json;
}

}  // namespace

Json image_list(Reader& reader, const std::string& type, std::int64_t before, int limit) {
  Statement& rows = reader.prepared(
      std::string(kImageColumns) +
      "WHERE (?1 = '' OR type = ?1) AND (?2 = 0 OR id < ?2) ORDER BY id DESC LIMIT ?3");
  rows.bind(1, type).bind(2, before).bind(3, limit);
  Json list = Json::array();
  while (rows.step()) list.push_back(image_row(rows));
  return list;
}

Json image_detail(Reader& reader, std::int64_t id) {
  Statement& row = reader.prepared(std::string(kImageColumns) + "WHERE id = ?1");
  if (!row.bind(1, id).step()) throw Refused(404, "there is no such image", "id");
  Json image = image_row(row);
  row.reset();
  Statement& qa = reader.prepared(
      "SELECT verdict, reasons, global_rms_jy, local_rms_jy, theoretical_rms_jy, rms_over_strip,"
      " peak_jy, dynamic_range, beam_axis_ratio, flux_ratio, completeness, astrometry_arcsec,"
      " nan_fraction, flagged_share, n_reference FROM image_qa WHERE image_path = ?1");
  qa.bind(1, image["path"].get<std::string>());
  const Json found = queue::rows(qa);
  image["qa"] = found.empty() ? Json() : found.front();
  return image;
}

std::string image_picture(Reader& reader, std::int64_t id, const std::string& kind) {
  Statement& row = reader.prepared("SELECT path FROM images WHERE id = ?1");
  if (!row.bind(1, id).step()) throw Refused(404, "there is no such image", "id");
  const std::string path = row.text(0);
  row.reset();
  return beside(path, kind);
}

Json mosaic_list(Reader& reader, std::int64_t before, int limit) {
  Statement& rows = reader.prepared(std::string(kMosaicColumns) +
                                    "WHERE ?1 = 0 OR m.id < ?1 ORDER BY m.id DESC LIMIT ?2");
  rows.bind(1, before).bind(2, limit);
  Json list = Json::array();
  while (rows.step()) list.push_back(mosaic_row(rows));
  return list;
}

Json mosaic_status(Reader& reader, const std::string& name) {
  Statement& row = reader.prepared(std::string(kMosaicColumns) + "WHERE m.name = ?1");
  if (row.bind(1, name).step()) {
    Json mosaic = mosaic_row(row);
    row.reset();
    Statement& members = reader.prepared(
        "SELECT group_id, weight_share FROM mosaic_members WHERE mosaic = ?1 ORDER BY order_index");
    members.bind(1, name);
    mosaic["members"] = queue::rows(members);
    return mosaic;
  }
  Statement& asked = reader.prepared(
      "SELECT id FROM command WHERE name = 'mosaic' AND json_extract(arguments, '$.name') = ?1"
      " ORDER BY id DESC LIMIT 1");
  if (!asked.bind(1, name).step())
    throw Refused(404, name + ": no mosaic of this name is there, or was asked for", "name");
  const std::int64_t id = asked.integer(0);
  asked.reset();
  return asked_mosaic(queue::command(reader.database(), id));
}

std::string mosaic_picture(Reader& reader, const std::string& name, const std::string& kind) {
  Statement& row = reader.prepared("SELECT path FROM mosaics WHERE name = ?1");
  if (!row.bind(1, name).step()) throw Refused(404, name + ": there is no such mosaic", "name");
  const std::string path = row.text(0);
  row.reset();
  return beside(path, kind);
}

}  // namespace contimg::status
