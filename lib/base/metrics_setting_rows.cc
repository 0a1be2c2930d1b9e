// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/metrics_setting_rows.h"

#include "base/derived_setting.h"

namespace contimg {
namespace {

Setting metrics_row(const char* key, const char* unit, Setting::Field field, const char* help,
                    double min, double max) {
  return derived_setting("metrics", key, unit, field, help, min, max);
}

}  // namespace

std::vector<Setting> metrics_rows() {
  return {
      metrics_row("allowed_latency", "DURATIONS", &Settings::allowed_latency,
                  "A group is due so many of its durations after its last subband.", 0.1, 10000),
      metrics_row("latency_window_h", "H", &Settings::latency_window_h,
                  "Percentiles of latency are of the last so many hours.", 0.1, 8760),
      metrics_row("rate_window_min", "MIN", &Settings::rate_window_min,
                  "Rates of arrival and of work are of the last so many minutes.", 1, 1440),
      metrics_row("degrade", "", &Settings::degrade,
                  "Leave work out, step by step, under pressure.", 0, 1),
      metrics_row("quicklook_pressure", "PRESSURE", &Settings::quicklook_pressure,
                  "Pressure from which quicklook images go first and deep ones wait.", 0.01, 1e6),
      metrics_row("convert_only_pressure", "PRESSURE", &Settings::convert_only_pressure,
                  "Pressure from which groups are converted and calibrated only.", 0.01, 1e6),
      metrics_row("recover_share", "SHARE", &Settings::recover_share,
                  "A step ends below this share of the pressure that it begins at.", 0.01, 0.99),
      metrics_row("step_hold_min", "MIN", &Settings::step_hold_min,
                  "Minutes that a step lasts at least.", 0, 10080),
  };
}

}  // namespace contimg
