// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/explain_mosaic.h"

#include "base/error.h"
#include "fits/box_reader.h"
#include "report/explain_group.h"
#include "report/is_there.h"
#include "report/words.h"

namespace contimg::report {
namespace {

// A tile that was imaged after the mosaic was made is another than the one that is in it.
Json members_of(Database& db, const std::string& name, double made_at_unix_s) {
  Json members = ask(db,
                     "SELECT m.group_id, m.weight_share, i.verdict, i.noise_jy, i.calibration_set,"
                     " i.created_at, m.image_path AS path FROM mosaic_members m"
                     " LEFT JOIN images i ON i.path = m.image_path WHERE m.mosaic = ?"
                     " ORDER BY m.order_index",
                     name);
  for (Json& member : members) {
    std::string where = is_there(word(member, "path")) ? "as used" : "absent";
    if (member["verdict"].is_null()) where = "forgotten by the queue";
    if (number(member, "created_at") > made_at_unix_s) where = "imaged anew since";
    member["now"] = where;
  }
  return members;
}

Json quality_of_mosaic(Database& db, const std::string& name) {
  const Json rows = ask(db, "SELECT * FROM mosaic_qa WHERE mosaic = ?", name);
  if (rows.empty()) return nullptr;
  Json quality = rows.front();
  const Json gates = parsed(word(quality, "gates"));
  for (const char* key : {"gates", "figures", "mosaic"}) quality.erase(key);
  quality["limits"] = Json::array();
  if (gates.is_object() && gates.contains("gates"))
    for (const auto& [figure, gate] : gates["gates"].items()) {
      Json row = {{"figure", figure}};
      row.update(gate);
      quality["limits"].push_back(row);
    }
  return quality;
}

}  // namespace

Json explain_mosaic(Database& db, const std::string& name) {
  const Json rows = ask(db, "SELECT * FROM mosaics WHERE name = ?", name);
  if (rows.empty())
    throw UsageError(name + ": no such mosaic in " + db.path() +
                     ", expected one that make-mosaic recorded");
  Json mosaic = rows.front();
  mosaic.erase("id");
  Json report;
  const Json quality = quality_of_mosaic(db, name);
  std::string text =
      name + ": mosaic of " + mosaic["n_images"].dump() + " tiles, " + word(mosaic, "verdict");
  if (!word(quality, "reasons").empty()) text += " (" + word(quality, "reasons") + ")";
  text += ", noise " + flux(number(mosaic, "noise_jy"));
  report["headline"] = {{"text", text}, {"state", word(mosaic, "status")}};
  report["mosaic"] = mosaic;
  report["members"] = members_of(db, name, number(mosaic, "created_at"));
  report["quality"] = quality;
  report["products"] = products_of(db, name);
  report["history"] = Json::array();
  if (is_there(word(mosaic, "path")))
    for (const std::string& line : fits::BoxReader(word(mosaic, "path")).header().history)
      report["history"].push_back(line);
  return report;
}

}  // namespace contimg::report
