// SPDX-License-Identifier: GPL-3.0-or-later
#include "retention/candidate.h"

namespace contimg::retention {

const char* kind_name(Kind kind) {
  switch (kind) {
    case Kind::raw:
      return "raw";
    case Kind::set:
      return "ms";
    case Kind::image:
      return "image";
    case Kind::scratch:
      return "scratch";
    case Kind::log:
      return "log";
    case Kind::report:
      return "report";
    case Kind::batch:
      return "batch";
    case Kind::backup:
      return "backup";
  }
  return "";
}

Json to_json(const Candidate& candidate) {
  Json json = {{"kind", kind_name(candidate.kind)},
               {"path", candidate.path},
               {"group_id", candidate.group_id},
               {"size_byte", candidate.size_byte},
               {"age_s", candidate.age_s},
               {"goes", candidate.goes},
               {"why", candidate.why}};
  if (!candidate.archived_as.empty()) json["archived_as"] = candidate.archived_as;
  return json;
}

}  // namespace contimg::retention
