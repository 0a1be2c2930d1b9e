// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/injected_stage.h"

#include <spdlog/spdlog.h>

#include <boost/filesystem.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/atomic_output.h"
#include "base/clock.h"
#include "injection/recovery.h"
#include "measure/database.h"

namespace contimg::measure {
namespace {

namespace fs = boost::filesystem;

void remove_images(const std::string& record_path) {
  const fs::path record(record_path);
  const std::string name = record.filename().string();
  const std::string stem = name.substr(0, name.rfind("injected.json"));
  std::vector<std::string> images;
  for (const auto& entry : fs::directory_iterator(fs::absolute(record).parent_path())) {
    const std::string file = entry.path().filename().string();
    if (file.rfind(stem, 0) == 0 && entry.path().extension() == ".fits")
      images.push_back(entry.path().string());
  }
  for (const std::string& image : images) remove_tree(image);
}

struct Bright {
  std::size_t n = 0, n_found = 0;
};

Bright bright_of(const InjectedTile& tile) {
  Bright bright;
  for (const InjectedRow& row : tile.sources)
    if (row.truth.snr >= injection::kBrightSnr) ++bright.n, bright.n_found += row.found ? 1 : 0;
  return bright;
}

}  // namespace

InjectedReport measure_injected_image(const std::string& image_path, const StageSettings& settings,
                                      bool keep_images) {
  const Clock::time_point begin = Clock::now();
  InjectedReport report;
  report.record_path = injection::record_path(image_path);
  injection::Record record = injection::read_record(report.record_path);
  report.tile = measure_injected(read_tile(image_path), record, settings.measure);
  if (settings.measure.check) settings.measure.check();
  if (!settings.measurement_db.empty()) {
    report.injection_id = MeasurementDatabase(settings.measurement_db).record(report.tile);
    record.measured = true;
    injection::write_record(report.record_path, record);
    if (!keep_images) remove_images(report.record_path);
  }
  report.total_s = seconds_since(begin);
  return report;
}

std::string to_json(const InjectedReport& report) {
  const Bright bright = bright_of(report.tile);
  const nlohmann::ordered_json line = {{"stage", "injection"},
                                       {"group_id", report.tile.epoch.group_id},
                                       {"product", report.record_path},
                                       {"state", "completed"},
                                       {"seconds", report.total_s},
                                       {"n_source", report.tile.sources.size()},
                                       {"n_found", report.tile.n_found()},
                                       {"n_bright", bright.n},
                                       {"n_bright_found", bright.n_found},
                                       {"injection_id", report.injection_id}};
  return line.dump();
}

void log_report(const InjectedReport& report) {
  const Bright bright = bright_of(report.tile);
  spdlog::info("{}: {} of {} known sources found, {} of {} with 8 sigma and more; in {:.1f} s",
               report.tile.epoch.group_id, report.tile.n_found(), report.tile.sources.size(),
               bright.n_found, bright.n, report.total_s);
}

}  // namespace contimg::measure
