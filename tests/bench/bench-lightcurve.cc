// SPDX-License-Identifier: GPL-3.0-or-later
// bench-lightcurve DIR [EPOCHS [SOURCES]]: light curves of EPOCHS (10,000: 36 days) tiles of about 1000
// sources each, on a strip of SOURCES (100,000), recorded as measure-sources does and joined as
// update-lightcurves does; then 10 tiles in each of the 114 seasons that follow, to ten years. Prints the
// time of joining an epoch for each tenth of the epochs, memory, sizes, a backup, queries, and what a
// million epochs would need. Ends with 1 when memory exceeds 1 GB, a cone query takes 10 ms, or the last
// tenth's epochs take half as long again as the second's (the first holds few pages in memory).

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>

#include "astro/constants.h"
#include "astro/epoch.h"
#include "base/clock.h"
#include "base/error.h"
#include "lightcurve/curve.h"
#include "lightcurve/schema.h"
#include "lightcurve/update.h"
#include "measure/database.h"

namespace {

using namespace contimg;
using Clock = std::chrono::steady_clock;

constexpr double kGroup_s = 309.24, kTurn_s = 86164.0905, kDecDeg = 16, kHalfStripDeg = 1.6;
constexpr double kBeamDeg = 3.4, kReachDeg = 1.82, kNoiseJy = 5e-4, kLeastJy = 1e-3;
constexpr double kBegin_mjd = 61066, kSeasonsInTenYears = 114;
constexpr double kLimitMemoryMb = 1000, kLimitCone_ms = 10, kLimitGrowth = 1.5;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

double memory_mb() {
  rusage used = {};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_maxrss) / 1024;
}

double beam(double offset_rad) {
  const double widths = offset_rad / (kBeamDeg * astro::kDegree);
  return std::exp(-4 * std::log(2.0) * widths * widths);
}

struct SkySource {
  std::string name;
  astro::Direction place;
  double flux_jy;
};

// Ordered by right ascension.
std::vector<SkySource> strip(std::size_t n, std::mt19937_64& random) {
  std::uniform_real_distribution<double> unit(0, 1);
  std::vector<double> ras(n);
  for (double& ra : ras) ra = 360 * unit(random);
  std::sort(ras.begin(), ras.end());
  std::vector<SkySource> sources;
  for (std::size_t i = 0; i < n; ++i) {
    const double dec = kDecDeg + kHalfStripDeg * (2 * unit(random) - 1);
    sources.push_back({"s" + std::to_string(i),
                       {ras[i] * astro::kDegree, dec * astro::kDegree},
                       std::min(5.0, kLeastJy * std::pow(1 - unit(random), -1 / 0.9))});
  }
  return sources;
}

measure::Footprint footprint() {
  measure::Footprint made;
  made.min_beam = beam(kReachDeg * astro::kDegree);
  made.step_rad = 0.225 * astro::kDegree;
  for (int y = -10; y <= 10; ++y)
    for (int x = -10; x <= 10; ++x)
      made.response.push_back(static_cast<float>(beam(std::hypot(x, y) * made.step_rad)));
  return made;
}

measure::Measurement measured(const SkySource& source, double separation_rad, double gain,
                              std::mt19937_64& random) {
  std::normal_distribution<double> normal;
  measure::Measurement row;
  row.name = source.name;
  row.position = source.place;
  row.beam_response = beam(separation_rad);
  row.smearing = 1;
  row.local_rms_jy = kNoiseJy;
  row.noise_jy = kNoiseJy / row.beam_response;
  row.flux_jy = gain * source.flux_jy + row.noise_jy * normal(random);
  row.error_jy = std::hypot(row.noise_jy, 0.03 * row.flux_jy);
  row.snr = row.flux_jy / row.noise_jy;
  row.catalogue_flux_jy = source.flux_jy;
  if (row.snr < 5) {
    row.reason = "below 5 sigma";
    row.limit_jy = std::max(0.0, row.flux_jy) + 5 * row.noise_jy;
  }
  return row;
}

class Survey {
 public:
  explicit Survey(std::size_t n_source)
      : random_(7), sources_(strip(n_source, random_)), footprint_(footprint()) {}

  measure::Tile tile(double mjd) {
    std::normal_distribution<double> normal;
    measure::Tile made;
    measure::Epoch& epoch = made.epoch;
    epoch.group_id = astro::format_stamp(mjd * kDay_s);
    epoch.image_path = "images/" + epoch.group_id + "-image.fits";
    epoch.mid_mjd = mjd;
    const double turn = (mjd - kBegin_mjd) * kDay_s / kTurn_s;
    epoch.centre = {2 * astro::kPi * (turn - std::floor(turn)), kDecDeg * astro::kDegree};
    epoch.frequency_hz = 1.405e9;
    epoch.major_rad = 14 * astro::kArcsec;
    epoch.minor_rad = 10 * astro::kArcsec;
    epoch.rms_jy = kNoiseJy;
    epoch.verdict = "PASS";
    epoch.tier = "science";
    epoch.detection_sigma = 5;
    epoch.footprint = footprint_;
    const double gain = 1 + 0.03 * normal(random_);
    const double wing = kReachDeg / std::cos(kDecDeg * astro::kDegree) * 1.02 * astro::kDegree;
    const auto before = [](const SkySource& s, double ra) { return s.place.ra_rad < ra; };
    const double from = epoch.centre.ra_rad - wing, turn_rad = 2 * astro::kPi;
    const double start = from < 0 ? from + turn_rad : from;
    auto at = std::lower_bound(sources_.begin(), sources_.end(), start, before);
    for (std::size_t i = 0; i < sources_.size(); ++i, ++at) {
      if (at == sources_.end()) at = sources_.begin();
      double east = at->place.ra_rad - start;
      if (east < 0) east += turn_rad;
      if (east > 2 * wing) break;
      const double separation = astro::separation_rad(at->place, epoch.centre);
      if (separation < kReachDeg * astro::kDegree)
        made.sources.push_back(measured(*at, separation, gain, random_));
    }
    if (++n_tile_ % 20 == 0) made.sources.push_back(detection(epoch.centre));
    return made;
  }

 private:
  // Something that is in no catalogue.
  measure::Measurement detection(const astro::Direction& centre) {
    std::uniform_real_distribution<double> unit(-1, 1);
    const SkySource source = {"J" + std::to_string(n_tile_),
                              {centre.ra_rad + unit(random_) * astro::kDegree,
                               centre.dec_rad + unit(random_) * astro::kDegree},
                              0.01};
    measure::Measurement row =
        measured(source, astro::separation_rad(source.place, centre), 1, random_);
    row.kind = measure::Kind::blind;
    row.ra_error_rad = row.dec_error_rad = 0.5 * astro::kArcsec;
    row.catalogue_flux_jy = measure::kUnknown;
    return row;
  }

  std::mt19937_64 random_;
  std::vector<SkySource> sources_;
  measure::Footprint footprint_;
  std::size_t n_tile_ = 0;
};

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

// Records the tiles of these times and joins them; returns seconds of joining, an epoch each.
std::vector<double> join(Survey& survey, measure::MeasurementDatabase& measurements,
                         const lightcurve::UpdateSettings& settings,
                         const std::vector<double>& mjds) {
  for (const double mjd : mjds) measurements.record(survey.tile(mjd));
  std::vector<double> seconds;
  for (const lightcurve::EpochReport& report : lightcurve::update_all(settings)) {
    if (report.state != "joined") throw DataError(report.group_id + ": " + report.state);
    seconds.push_back(report.seconds);
  }
  if (seconds.size() != mjds.size()) throw DataError("not all epochs were joined");
  return seconds;
}

double size_mb(const std::string& path) {
  double size = 0;
  for (const char* end : {"", "-wal"})
    if (std::filesystem::exists(path + end))
      size += static_cast<double>(std::filesystem::file_size(path + end));
  return size / 1e6;
}

struct Queries {
  double cone_ms, curve_ms;
  std::size_t n_point;
};

Queries queries(const std::string& path, std::size_t n_source) {
  lightcurve::Curves curves(path);
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> turn(0, 2 * astro::kPi);
  std::vector<double> cone_s;
  for (int i = 0; i < 200; ++i) {
    const astro::Direction centre = {turn(random), kDecDeg * astro::kDegree};
    const auto begin = Clock::now();
    const auto found = curves.cone(centre, 5.0 / 60 * astro::kDegree);
    cone_s.push_back(seconds_since(begin));
  }
  std::vector<double> curve_s;
  std::size_t n_point = 0;
  for (int i = 0; i < 20; ++i) {
    const auto source = curves.find("s" + std::to_string(random() % n_source));
    if (!source) throw DataError("a source of the strip is not there");
    const auto begin = Clock::now();
    n_point = std::max(n_point, curves.curve_of(source->id, false).size());
    curve_s.push_back(seconds_since(begin));
  }
  return {1e3 * median(cone_s), 1e3 * median(curve_s), n_point};
}

int run(const std::string& folder, std::size_t n_epoch, std::size_t n_source) {
  Survey survey(n_source);
  lightcurve::UpdateSettings settings;
  settings.measurement_db = folder + "/measurements.sqlite3";
  settings.lightcurve_db = folder + "/lightcurves.sqlite3";
  measure::MeasurementDatabase measurements(settings.measurement_db);
  const double step_day = kGroup_s / kDay_s;
  std::vector<double> tenths;
  for (std::size_t tenth = 0; tenth < 10; ++tenth) {
    std::vector<double> seconds;
    for (std::size_t i = tenth * n_epoch / 10; i < (tenth + 1) * n_epoch / 10; i += 100) {
      std::vector<double> mjds;
      for (std::size_t k = i; k < std::min(i + 100, (tenth + 1) * n_epoch / 10); ++k)
        mjds.push_back(kBegin_mjd + static_cast<double>(k) * step_day);
      const auto batch = join(survey, measurements, settings, mjds);
      seconds.insert(seconds.end(), batch.begin(), batch.end());
    }
    tenths.push_back(median(seconds));
    std::printf("epochs to %6zu: %6.1f ms an epoch, memory %4.0f MB, light curves %5.0f MB\n",
                (tenth + 1) * n_epoch / 10, 1e3 * tenths.back(), memory_mb(),
                size_mb(settings.lightcurve_db));
    std::fflush(stdout);
  }
  const double bytes = 1e6 * size_mb(settings.lightcurve_db) / static_cast<double>(n_epoch);
  const double raw_bytes = 1e6 * size_mb(settings.measurement_db) / static_cast<double>(n_epoch);
  std::vector<double> late_s;
  for (double season = 2; season < kSeasonsInTenYears + 2; ++season) {
    std::vector<double> mjds;
    for (int k = 0; k < 10; ++k)
      mjds.push_back(kBegin_mjd + season * lightcurve::kSeasonDays + k * step_day);
    const auto batch = join(survey, measurements, settings, mjds);
    late_s.insert(late_s.end(), batch.begin(), batch.end());
  }
  const Queries asked = queries(settings.lightcurve_db, n_source);
  const auto begin = Clock::now();
  {
    Database from(settings.lightcurve_db, Database::Mode::read_only, 1000);
    Database to(folder + "/backup.sqlite3", Database::Mode::create, 1000);
    from.copy_to(to);
  }
  const double backup_s = seconds_since(begin), size = size_mb(settings.lightcurve_db);
  const double million = 1e6, growth = tenths.back() / tenths[1];
  std::printf("seasons of ten years: %.1f ms an epoch in the later ones\n", 1e3 * median(late_s));
  std::printf("cone of 5 arcminutes %.2f ms, light curve of %zu points %.2f ms\n", asked.cone_ms,
              asked.n_point, asked.curve_ms);
  std::printf("backup of %.0f MB: %.1f s\n", size, backup_s);
  std::printf("last tenth over second: %.2f; memory %.0f MB\n", growth, memory_mb());
  std::printf(
      "a million epochs (ten years): light curves %.0f GB, measurements %.0f GB, %.1f h of joining "
      "in all, %.1f h a backup at this disk's speed\n",
      bytes * million / 1e9, raw_bytes * million / 1e9, million * median(late_s) / 3600,
      backup_s / size * bytes * million / 1e6 / 3600);
  return memory_mb() > kLimitMemoryMb || asked.cone_ms > kLimitCone_ms || growth > kLimitGrowth;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2) throw UsageError("usage: bench-lightcurve DIR [EPOCHS [SOURCES]]");
  return run(argv[1], argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 10000,
             argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 100000);
} catch (const std::exception& error) {
  std::cerr << "bench-lightcurve: " << error.what() << '\n';
  return 1;
}
