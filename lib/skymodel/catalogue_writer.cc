// SPDX-License-Identifier: GPL-3.0-or-later
#include "skymodel/catalogue_writer.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <unordered_map>

#include "astro/constants.h"
#include "base/atomic_output.h"
#include "skymodel/source_name.h"

namespace contimg::skymodel {
namespace {

constexpr std::size_t kTile = 64;

constexpr const char* kSchema = R"(
CREATE TABLE sources (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  ra_deg REAL NOT NULL CHECK (ra_deg >= 0 AND ra_deg < 360),
  dec_deg REAL NOT NULL CHECK (dec_deg BETWEEN -90 AND 90),
  position_quality TEXT NOT NULL,
  spectral_index REAL
);
CREATE TABLE fluxes (
  source_id INTEGER NOT NULL REFERENCES sources(id),
  number INTEGER NOT NULL,
  band TEXT NOT NULL,
  frequency_hz REAL NOT NULL CHECK (frequency_hz > 0),
  flux_jy REAL,
  error_jy REAL,
  quality TEXT NOT NULL,
  PRIMARY KEY (source_id, number)
) WITHOUT ROWID;
CREATE TABLE names (
  key TEXT NOT NULL,
  source_id INTEGER NOT NULL REFERENCES sources(id),
  own INTEGER NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (key, source_id)
) WITHOUT ROWID;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE VIRTUAL TABLE tiles USING rtree(
  id, min_x, max_x, min_y, max_y, min_z, max_z, +first_id INTEGER, +last_id INTEGER
);
)";

struct Place {
  astro::Vector3 vector;
  std::size_t source;
};

struct Box {
  astro::Vector3 low, high;
};

Box box_of(const Place* begin, const Place* end) {
  Box box{begin->vector, begin->vector};
  for (const Place* place = begin; place != end; ++place)
    for (std::size_t axis = 0; axis < 3; ++axis) {
      box.low[axis] = std::min(box.low[axis], place->vector[axis]);
      box.high[axis] = std::max(box.high[axis], place->vector[axis]);
    }
  return box;
}

// Halves the list along its longest side until every part is a tile; all tiles but the last of
// each part are full.
void arrange(Place* begin, Place* end) {
  const auto n = static_cast<std::size_t>(end - begin);
  if (n <= kTile) return;
  const Box box = box_of(begin, end);
  std::size_t axis = 0;
  for (std::size_t other = 1; other < 3; ++other)
    if (box.high[other] - box.low[other] > box.high[axis] - box.low[axis]) axis = other;
  const std::size_t half = (n / kTile + 1) / 2 * kTile;
  Place* middle = begin + half;
  std::nth_element(begin, middle, end, [axis](const Place& a, const Place& b) {
    return std::make_pair(a.vector[axis], a.source) < std::make_pair(b.vector[axis], b.source);
  });
  arrange(begin, middle);
  arrange(middle, end);
}

std::vector<Place> arranged(const std::vector<NewSource>& sources) {
  std::vector<Place> places;
  places.reserve(sources.size());
  for (std::size_t i = 0; i < sources.size(); ++i)
    places.push_back({astro::unit_vector(sources[i].source.position), i});
  arrange(places.data(), places.data() + places.size());
  return places;
}

void number_repeated_names(std::vector<NewSource>& sources) {
  std::unordered_map<std::string, std::size_t> count, seen;
  for (const NewSource& entry : sources) ++count[name_key(entry.source.name)];
  for (NewSource& entry : sources) {
    const std::string key = name_key(entry.source.name);
    if (count[key] > 1)
      entry.aliases.push_back(entry.source.name + "#" + std::to_string(++seen[key]));
  }
}

double ra_deg(const astro::Direction& position) {
  double turn = std::fmod(position.ra_rad / astro::kDegree, 360.0);
  if (turn < 0) turn += 360;
  return turn < 360 ? turn : 0;
}

class Filler {
 public:
  explicit Filler(Database& database)
      : source_(database, "INSERT INTO sources VALUES (?1, ?2, ?3, ?4, ?5, ?6)"),
        flux_(database, "INSERT INTO fluxes VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"),
        tile_(database, "INSERT INTO tiles VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)") {}

  void add_source(std::int64_t id, const CatalogueSource& source) {
    source_.bind(1, id).bind(2, source.name).bind(3, ra_deg(source.position));
    source_.bind(4, source.position.dec_rad / astro::kDegree);
    source_.bind(5, source.position_quality).bind(6, source.spectral_index).run();
    int number = 0;
    for (const BandFlux& flux : source.fluxes) {
      flux_.bind(1, id).bind(2, ++number).bind(3, flux.band).bind(4, flux.frequency_hz);
      flux_.bind(5, flux.flux_jy).bind(6, flux.error_jy).bind(7, flux.quality).run();
    }
  }

  void add_tile(std::int64_t first_id, const Place* begin, const Place* end) {
    const Box box = box_of(begin, end);
    tile_.bind(1, first_id);
    for (int axis = 0; axis < 3; ++axis) {
      tile_.bind(2 * axis + 2, box.low[static_cast<std::size_t>(axis)]);
      tile_.bind(2 * axis + 3, box.high[static_cast<std::size_t>(axis)]);
    }
    tile_.bind(8, first_id).bind(9, first_id + (end - begin) - 1).run();
  }

 private:
  Statement source_, flux_, tile_;
};

struct NameRow {
  std::string key;
  std::int64_t id;
  bool own;
  const std::string* name;
};

// In the order of the primary key, so that the table grows at its end.
void add_names(Database& database, const std::vector<Place>& places,
               const std::vector<NewSource>& sources) {
  std::vector<NameRow> rows;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const NewSource& entry = sources[places[i].source];
    const auto id = static_cast<std::int64_t>(i + 1);
    rows.push_back({name_key(entry.source.name), id, true, &entry.source.name});
    for (const std::string& alias : entry.aliases)
      rows.push_back({name_key(alias), id, false, &alias});
  }
  std::sort(rows.begin(), rows.end(), [](const NameRow& a, const NameRow& b) {
    return std::tie(a.key, a.id, b.own) < std::tie(b.key, b.id, a.own);
  });
  Statement insert(database, "INSERT OR IGNORE INTO names VALUES (?1, ?2, ?3, ?4)");
  for (const NameRow& row : rows)
    if (!row.key.empty())
      insert.bind(1, row.key).bind(2, row.id).bind(3, row.own).bind(4, *row.name).run();
}

}  // namespace

void write_catalogue(const std::string& path, std::vector<NewSource>& sources,
                     const std::map<std::string, std::string>& meta, bool overwrite) {
  AtomicOutput output(path, this_process(0), overwrite);
  number_repeated_names(sources);
  const std::vector<Place> places = arranged(sources);
  {
    Database database(output.path(), Database::Mode::create, 0);
    // Safe without a journal: after a crash the partial file is thrown away.
    database.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
    database.execute(kSchema);
    Transaction transaction(database);
    Filler filler(database);
    for (std::size_t i = 0; i < places.size(); ++i) {
      filler.add_source(static_cast<std::int64_t>(i + 1), sources[places[i].source].source);
      if (i % kTile == 0)
        filler.add_tile(static_cast<std::int64_t>(i + 1), &places[i],
                        places.data() + std::min(i + kTile, places.size()));
    }
    add_names(database, places, sources);
    Statement insert(database, "INSERT INTO meta VALUES (?1, ?2)");
    for (const auto& [key, value] : meta) insert.bind(1, key).bind(2, value).run();
    transaction.commit();
    database.execute("CREATE INDEX names_of_source ON names(source_id)");
    database.execute("PRAGMA user_version = " + std::to_string(kCatalogueVersion));
  }
  output.commit();
}

}  // namespace contimg::skymodel
