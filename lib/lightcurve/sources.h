// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lightcurve/measurements.h"
#include "lightcurve/place.h"

namespace contimg::lightcurve {

struct KnownSource {
  std::int64_t id = 0;
  bool discovered = false;
  Place place;  ///< A catalogue's place has errors of 0.
};

/// The sources of a database of light curves. The caller holds the transaction.
class Sources {
 public:
  explicit Sources(Database& db);

  /// By any of its names.
  std::optional<KnownSource> named(const std::string& name);
  /// Within a radius, in order of ids. Dormant ones have no measurement left.
  std::vector<KnownSource> near(const astro::Direction& centre, double radius_rad,
                                bool with_dormant);
  /// Opens one; its id was never used. A name that is taken gets "#2" and so on.
  std::int64_t open(const MeasuredRow& row, const std::string& name, std::int64_t epoch_id);
  /// A further name.
  void add_name(std::int64_t id, const std::string& name);
  void set_dormant(std::int64_t id, bool dormant);

  /// A discovered source was seen at a place: its own becomes the weighted mean of all; the first
  /// hundred count, after which a place is ten times as good as one detection's.
  void see(std::int64_t id, std::int64_t epoch_id, const Place& place);
  /// Takes an epoch's back. The place stays where it is when no other is left.
  void unsee(std::int64_t id, std::int64_t epoch_id);

 private:
  void improve(std::int64_t id);
  void move_to(std::int64_t id, const Place& place, std::int64_t n);

  Database& db_;
  Statement named_, near_, insert_, insert_place_, insert_name_, dormant_;
  Statement n_seen_, see_, unsee_, sightings_, move_, move_place_;
};

}  // namespace contimg::lightcurve
