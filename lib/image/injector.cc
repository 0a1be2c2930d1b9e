// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/injector.h"

#include <algorithm>
#include <thread>

#include "base/error.h"

namespace contimg::image {
namespace {

constexpr std::size_t kPredictorsKept = 64;

}  // namespace

Injector::Injector(const SetLayout& layout, const std::array<std::size_t, 2>& hands,
                   std::vector<skymodel::Component> sources, const std::string& earth_orientation,
                   std::size_t n_thread)
    : layout_(layout),
      hands_(hands),
      sources_(std::move(sources)),
      earth_(astro::EarthOrientation::from_setting(earth_orientation)),
      site_(ms::array_site(layout.description)),
      n_thread_(std::max<std::size_t>(1, n_thread)) {
  if (!(layout.dish_diameter_m > 0))
    throw DataError(layout.path +
                    ": its antennas have no diameter, expected DISH_DIAMETER for the primary beam");
}

const skymodel::Predictor& Injector::predictor_of(std::size_t row) {
  const auto window = static_cast<std::size_t>(layout_.keys.data_description[row]);
  const std::size_t integration = layout_.integration_of[row];
  const auto known = predictors_.find({window, integration});
  if (known != predictors_.end()) return known->second;
  if (predictors_.size() >= kPredictorsKept) predictors_.clear();
  const auto first =
      layout_.frequency_hz.begin() + static_cast<std::ptrdiff_t>(layout_.first_channel[window]);
  skymodel::PredictionSettings instrument;
  instrument.dish_diameter_m = layout_.dish_diameter_m;
  instrument.integration_s = layout_.integration_s;
  instrument.channel_width_hz = layout_.channel_width_hz;
  skymodel::Predictor predictor(
      sources_, layout_.phase_centre,
      {first, first + static_cast<std::ptrdiff_t>(layout_.n_window_channel)}, instrument);
  const double time_mjd_s = layout_.integration_mjd_s[integration];
  predictor.begin_integration(astro::ApparentFrame(time_mjd_s, site_, earth_),
                              ms::pointing_at(layout_.description, time_mjd_s));
  return predictors_.emplace(std::pair{window, integration}, std::move(predictor)).first->second;
}

void Injector::add(const skymodel::Predictor& predictor, std::size_t first_row, std::size_t n_row,
                   std::size_t at_row) {
  const std::size_t n_channel = layout_.n_window_channel;
  const std::size_t n_correlation = layout_.description.correlations.size();
  std::vector<std::complex<float>> model(n_channel);
  for (std::size_t i = 0; i < n_row; ++i) {
    const std::size_t row = first_row + i;
    if (layout_.keys.antenna1[row] == layout_.keys.antenna2[row]) continue;
    const double* uvw = &layout_.keys.uvw_m[3 * row];
    const astro::Vector3 uvw_m = {uvw[0], uvw[1], uvw[2]};
    predictor.predict({&uvw_m, 1}, model);
    std::complex<float>* data = &corrected_[(at_row + i) * n_channel * n_correlation];
    for (std::size_t c = 0; c < n_channel; ++c)
      for (const std::size_t hand : hands_) data[c * n_correlation + hand] += model[c];
  }
}

ms::CorrectedRows Injector::with_sources(const ms::CorrectedRows& rows) {
  corrected_.assign(rows.corrected.data(), rows.corrected.data() + rows.corrected.size());
  const auto alike = [&](std::size_t a, std::size_t b) {
    return layout_.integration_of[a] == layout_.integration_of[b] &&
           layout_.keys.data_description[a] == layout_.keys.data_description[b];
  };
  for (std::size_t begin = 0; begin < rows.n_row;) {
    std::size_t end = begin + 1;
    while (end < rows.n_row && alike(rows.first_row + begin, rows.first_row + end)) ++end;
    const skymodel::Predictor& predictor = predictor_of(rows.first_row + begin);
    const std::size_t n = end - begin;
    const auto part = [&, begin](std::size_t i) {
      const std::size_t first = begin + n * i / n_thread_, last = begin + n * (i + 1) / n_thread_;
      add(predictor, rows.first_row + first, last - first, first);
    };
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < n_thread_; ++i) threads.emplace_back(part, i);
    part(0);
    for (std::thread& thread : threads) thread.join();
    begin = end;
  }
  ms::CorrectedRows with = rows;
  with.corrected = corrected_;
  return with;
}

}  // namespace contimg::image
