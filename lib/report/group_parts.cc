// SPDX-License-Identifier: GPL-3.0-or-later
// Parts of what is told of a group: its input files, figures of quality, products.
#include <cmath>

#include "report/explain_group.h"
#include "report/is_there.h"
#include "report/words.h"

namespace contimg::report {
namespace {

Json gate_rows(const Json& gates) {
  Json rows = Json::array();
  if (!gates.is_object() || !gates.contains("gates")) return rows;
  for (const auto& [figure, gate] : gates["gates"].items())
    rows.push_back({{"figure", figure},
                    {"value", gate.value("value", Json())},
                    {"warn", gate.value("warn", Json())},
                    {"fail", gate.value("fail", Json())},
                    {"grade", word(gate, "grade")}});
  return rows;
}

// Sets whose size nobody recorded: a folder.
void note_presence(Json& product) {
  const bool there = is_there(word(product, "path"));
  const double removed_at = number(product, "removed_at");
  if (std::isfinite(removed_at))
    product["where"] = "removed " + utc(removed_at) + ": " + word(product, "removed_reason");
  else
    product["where"] = there ? "there" : "absent, and nobody recorded its removal";
  for (const char* key : {"removed_at", "removed_reason"})
    if (product[key].is_null()) product.erase(key);
}

}  // namespace

Json inputs_of(Database& db, const std::string& group_id) {
  Json inputs = Json::object();
  const Json group = ask(db,
                         "SELECT n_subbands, expected_subbands, missing_subbands FROM ingest_queue"
                         " WHERE group_id = ?",
                         group_id)
                         .front();
  inputs["subbands"] =
      fixed(number(group, "n_subbands"), 0) + " of " + fixed(number(group, "expected_subbands"), 0);
  if (!word(group, "missing_subbands").empty()) inputs["missing"] = word(group, "missing_subbands");
  inputs["files"] = ask(db,
                        "SELECT s.subband_idx AS subband, i.file_size_bytes AS size_byte,"
                        " coalesce(i.state, 'unknown') AS state, s.path, i.reason,"
                        " r.removed_at, r.archived_as FROM subband_files s"
                        " LEFT JOIN hdf5_file_index i ON i.path = s.path"
                        " LEFT JOIN removal r ON r.path = s.path"
                        " WHERE s.group_id = ? ORDER BY subband_idx",
                        group_id);
  for (Json& file : inputs["files"])
    for (const char* key : {"removed_at", "archived_as", "reason"})
      if (file[key].is_null() || file[key] == "") file.erase(key);
  // One that is no member lost against one that is, or is of no use.
  inputs["not_used"] = ask(db,
                           "SELECT name_subband AS subband, role, role_reason AS why,"
                           " file_size_bytes AS size_byte, path FROM hdf5_file_index"
                           " WHERE group_id = ? AND role <> 'member' ORDER BY path",
                           group_id);
  inputs["late"] = ask(
      db, "SELECT path, arrived_at, reason AS why FROM late_files WHERE group_id = ?", group_id);
  for (const char* key : {"not_used", "late"})
    if (inputs[key].empty()) inputs.erase(key);
  return inputs;
}

Json quality_of(Database& db, const std::string& group_id) {
  Json quality = Json::object();
  Json images =
      ask(db,
          "SELECT q.verdict, q.reasons, i.path, i.tier, i.science, q.local_rms_jy AS rms_jy,"
          " q.theoretical_rms_jy, q.peak_jy, q.dynamic_range, q.flux_ratio,"
          " q.astrometry_arcsec, q.flagged_share, q.n_reference, i.beam_major_arcsec,"
          " i.beam_minor_arcsec, i.beam_pa_deg, q.gates FROM image_qa q"
          " JOIN images i ON i.path = q.image_path WHERE q.group_id = ?",
          group_id);
  if (!images.empty()) {
    Json image = images.front();
    const Json gates = parsed(word(image, "gates"));
    image.erase("gates");
    quality["image"] = image;
    quality["image_figures"] = gate_rows(gates);
  }
  const Json flags = ask(db,
                         "SELECT shares FROM flag_shares WHERE group_id = ? AND dim = 'total'"
                         " ORDER BY recorded_at DESC LIMIT 1",
                         group_id);
  if (!flags.empty()) quality["flagged_by_flag_ms"] = parsed(word(flags.front(), "shares"));
  const Json solved = ask(db,
                          "SELECT name, version, state, verdict, quality FROM calibration_set"
                          " WHERE group_id = ? ORDER BY id DESC LIMIT 1",
                          group_id);
  if (!solved.empty()) {
    quality["own_calibration"] = word(solved.front(), "verdict");
    quality["own_calibration_figures"] = gate_rows(parsed(word(solved.front(), "quality")));
  }
  return quality;
}

Json products_of(Database& db, const std::string& group_id) {
  Json products = ask(db,
                      "SELECT stage, kind, size_byte, created_at, removed_at, removed_reason, path"
                      " FROM product WHERE group_id = ? ORDER BY created_at, path",
                      group_id);
  for (Json& product : products) {
    if (product["size_byte"] == 0) product["size_byte"] = nullptr;
    note_presence(product);
  }
  return products;
}

}  // namespace contimg::report
