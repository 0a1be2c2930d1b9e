// SPDX-License-Identifier: GPL-3.0-or-later
// For tests/chain/prediction.bats: predicts every cross-correlation of a converted set from a list
// of sources and compares with DATA. Prints the largest difference over the brightest source's flux
// density at the first channel, and the number of visibilities compared.
// usage: predict_set SET SKY.csv SITE_LONGITUDE_RAD SITE_LATITUDE_RAD SITE_HEIGHT_M
//        POINTING_DEC_RAD SCALE INTEGRATION_S [EARTH_ORIENTATION]
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>

#include "ms/reader.h"
#include "skymodel/prediction.h"

using namespace contimg;

int main(int argc, char** argv) {
  if (argc < 9) return 2;
  const ms::Reader reader(argv[1]);
  const std::vector<skymodel::Component> sky = skymodel::read_sky_csv(argv[2]);
  const astro::Site site{std::atof(argv[3]), std::atof(argv[4]), std::atof(argv[5])};
  const double pointing_dec_rad = std::atof(argv[6]), scale = std::atof(argv[7]);
  const auto earth =
      argc > 9 ? astro::EarthOrientation::load(argv[9]) : astro::EarthOrientation::built_in();
  const ms::Description description = reader.description();
  const ms::RowKeys keys = reader.keys();
  const std::vector<double>& frequency_hz = description.spectral_windows.at(0).frequency_hz;
  const std::size_t n_channel = frequency_hz.size();
  const std::size_t n_correlation = description.correlations.size();
  skymodel::Predictor predictor(sky, description.fields.at(0).phase_centre, frequency_hz,
                                {4.65, std::atof(argv[8]), 0});
  double brightest_jy = 0;
  for (const skymodel::Component& source : sky)
    brightest_jy = std::max(brightest_jy, skymodel::flux_density_jy(source, frequency_hz[0]));
  double worst = 0;
  std::size_t compared = 0;
  std::vector<std::complex<float>> model;
  for (std::size_t begin = 0, end = 0; begin < reader.n_row(); begin = end) {
    for (end = begin; end < reader.n_row(); ++end)
      if (keys.time_mjd_s[end] - keys.time_mjd_s[begin] > 1) break;
    const astro::ApparentFrame apparent(keys.time_mjd_s[begin], site, earth);
    predictor.begin_integration(apparent, apparent.meridian_point(pointing_dec_rad));
    std::vector<astro::Vector3> uvw_m;
    for (std::size_t row = begin; row < end; ++row)
      uvw_m.push_back({keys.uvw_m[3 * row], keys.uvw_m[3 * row + 1], keys.uvw_m[3 * row + 2]});
    model.resize(uvw_m.size() * n_channel);
    predictor.predict(uvw_m, model);
    const ms::Rows rows = reader.rows(begin, end - begin);
    for (std::size_t row = 0; row < end - begin; ++row) {
      if (keys.antenna1[begin + row] == keys.antenna2[begin + row]) continue;
      for (std::size_t k = 0; k < n_channel; ++k)
        for (std::size_t c = 0; c < n_correlation; ++c) {
          const std::complex<double> data = rows.data[(row * n_channel + k) * n_correlation + c];
          worst = std::max(
              worst, std::abs(data / scale - std::complex<double>(model[row * n_channel + k])));
          ++compared;
        }
    }
  }
  std::cout << worst / brightest_jy << ' ' << compared << '\n';
  return 0;
}
