// SPDX-License-Identifier: GPL-3.0-or-later
#include "ms/subtables.h"

#include <casacore/casa/Arrays/ArrayMath.h>
#include <casacore/casa/Arrays/Matrix.h>
#include <casacore/casa/Arrays/Vector.h>
#include <casacore/measures/Measures/MDirection.h>
#include <casacore/measures/Measures/MFrequency.h>
#include <casacore/measures/Measures/MPosition.h>
#include <casacore/ms/MeasurementSets/MSColumns.h>
#include <casacore/tables/DataMan/StandardStMan.h>
#include <casacore/tables/Tables/SetupNewTab.h>

#include <cmath>

#include "astro/epoch.h"

namespace contimg::ms {
namespace {

using casacore::Matrix;
using casacore::String;
using casacore::Vector;

template <typename T>
Vector<T> vector_of(const std::vector<T>& values) {
  Vector<T> result(values.size());
  std::copy(values.begin(), values.end(), result.begin());
  return result;
}

Matrix<double> direction_column(const astro::Direction& direction) {
  Matrix<double> value(2, 1);
  value(0, 0) = direction.ra_rad;
  value(1, 0) = direction.dec_rad;
  return value;
}

bool is_circular(const CorrelationTypes& correlations) { return correlations.front() < 9; }

void fill_feeds(casacore::MeasurementSet& set, const Description& description) {
  const bool circular = is_circular(description.correlations);
  Vector<String> types(2);
  types(0) = circular ? "R" : "X";
  types(1) = circular ? "L" : "Y";
  Matrix<casacore::Complex> response(2, 2, casacore::Complex(0));
  response.diagonal() = casacore::Complex(1);
  set.feed().addRow(description.antennas.size());
  casacore::MSFeedColumns columns(set.feed());
  const double middle = (description.first_time_mjd_s + description.last_time_mjd_s) / 2;
  for (std::size_t i = 0; i < description.antennas.size(); ++i) {
    columns.antennaId().put(i, static_cast<int>(i));
    columns.feedId().put(i, 0);
    columns.spectralWindowId().put(i, -1);
    columns.time().put(i, middle);
    columns.interval().put(i, 0.0);  // valid at all times
    columns.numReceptors().put(i, 2);
    columns.beamId().put(i, -1);
    columns.beamOffset().put(i, Matrix<double>(2, 2, 0.0));
    columns.polarizationType().put(i, types);
    columns.polResponse().put(i, response);
    columns.position().put(i, Vector<double>(3, 0.0));
    columns.receptorAngle().put(i, Vector<double>(2, 0.0));
  }
}

void fill_data_descriptions(casacore::MeasurementSet& set, const Description& description) {
  const std::size_t n = description.spectral_windows.size();
  set.dataDescription().addRow(n);
  casacore::MSDataDescColumns columns(set.dataDescription());
  for (std::size_t i = 0; i < n; ++i) {
    columns.spectralWindowId().put(i, static_cast<int>(i));
    columns.polarizationId().put(i, 0);
    columns.flagRow().put(i, false);
  }
}

void fill_polarization(casacore::MeasurementSet& set, const Description& description) {
  const CorrelationTypes& types = description.correlations;
  const int base = is_circular(types) ? 5 : 9;  // RR or XX; then 01, 10, 11
  Matrix<int> product(2, types.size(), 0);
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (types[i] < 5) continue;  // a Stokes parameter is no product of receptors
    product(0, i) = (types[i] - base) / 2;
    product(1, i) = (types[i] - base) % 2;
  }
  set.polarization().addRow();
  casacore::MSPolarizationColumns columns(set.polarization());
  columns.numCorr().put(0, static_cast<int>(types.size()));
  columns.corrType().put(0, vector_of(types));
  columns.corrProduct().put(0, product);
  columns.flagRow().put(0, false);
}

void fill_sources(casacore::MeasurementSet& set, const Description& description) {
  casacore::TableDesc layout = casacore::MSSource::requiredTableDesc();
  casacore::SetupNewTable setup(set.sourceTableName(), layout, casacore::Table::New);
  set.rwKeywordSet().defineTable(casacore::MS::keywordName(casacore::MS::SOURCE),
                                 casacore::Table(setup));
  set.initRefs();
  casacore::MSSourceColumns columns(set.source());
  columns.setDirectionRef(casacore::MDirection::ICRS);
  set.source().addRow(description.fields.size());
  for (std::size_t i = 0; i < description.fields.size(); ++i) {
    const Field& field = description.fields[i];
    columns.sourceId().put(i, static_cast<int>(i));
    columns.time().put(i, field.time_mjd_s);
    columns.interval().put(i, description.last_time_mjd_s - description.first_time_mjd_s);
    columns.spectralWindowId().put(i, -1);
    columns.numLines().put(i, 0);
    columns.name().put(i, field.name);
    columns.calibrationGroup().put(i, 0);
    columns.code().put(i, "");
    columns.direction().put(i, Vector<double>(std::vector<double>{field.phase_centre.ra_rad,
                                                                  field.phase_centre.dec_rad}));
    columns.properMotion().put(i, Vector<double>(2, 0.0));
  }
}

void fill_state_and_processor(casacore::MeasurementSet& set, const Description& description) {
  set.state().addRow();
  casacore::MSStateColumns state(set.state());
  state.sig().put(0, true);
  state.ref().put(0, false);
  state.cal().put(0, 0.0);
  state.load().put(0, 0.0);
  state.subScan().put(0, 0);
  state.obsMode().put(0, description.is_calibrator
                             ? "CALIBRATE_FLUX#ON_SOURCE,CALIBRATE_BANDPASS#ON_SOURCE"
                             : "OBSERVE_TARGET#ON_SOURCE");
  state.flagRow().put(0, false);
  set.processor().addRow();
  casacore::MSProcessorColumns processor(set.processor());
  processor.type().put(0, "CORRELATOR");
  processor.subType().put(0, "");
  processor.typeId().put(0, -1);
  processor.modeId().put(0, -1);
  processor.flagRow().put(0, false);
}

void fill_pointings(casacore::MeasurementSet& set, const Description& description) {
  const std::size_t n_antenna = description.antennas.size();
  casacore::MSPointingColumns columns(set.pointing());
  columns.setDirectionRef(casacore::MDirection::ICRS);
  set.pointing().addRow(description.pointings.size() * n_antenna);
  std::size_t row = 0;
  for (const Pointing& pointing : description.pointings) {
    const Matrix<double> direction = direction_column(pointing.direction);
    for (std::size_t antenna = 0; antenna < n_antenna; ++antenna, ++row) {
      columns.antennaId().put(row, static_cast<int>(antenna));
      columns.time().put(row, pointing.time_mjd_s);
      columns.interval().put(row, pointing.interval_s);
      columns.name().put(row, "");
      columns.numPoly().put(row, 0);
      columns.timeOrigin().put(row, pointing.time_mjd_s);
      columns.direction().put(row, direction);
      columns.target().put(row, direction);
      columns.tracking().put(row, true);
    }
  }
}

}  // namespace

void fill_antennas(casacore::MSAntenna& table, const Description& description) {
  casacore::MSAntennaColumns columns(table);
  columns.setPositionRef(casacore::MPosition::ITRF);
  table.addRow(description.antennas.size());
  for (std::size_t i = 0; i < description.antennas.size(); ++i) {
    const Antenna& antenna = description.antennas[i];
    columns.name().put(i, antenna.name);
    columns.station().put(i, antenna.name);
    columns.type().put(i, "GROUND-BASED");
    columns.mount().put(i, "alt-az");
    columns.position().put(i, Vector<double>(std::vector<double>(antenna.position_m.begin(),
                                                                 antenna.position_m.end())));
    columns.offset().put(i, Vector<double>(3, 0.0));
    columns.dishDiameter().put(i, antenna.dish_diameter_m);
    columns.flagRow().put(i, false);
  }
}

void fill_spectral_windows(casacore::MSSpectralWindow& table, const Description& description) {
  const std::size_t n = description.spectral_windows.size();
  table.addRow(n);
  casacore::MSSpWindowColumns columns(table);
  for (std::size_t i = 0; i < n; ++i) {
    const SpectralWindow& window = description.spectral_windows[i];
    const Vector<double> width = vector_of(window.width_hz);
    columns.name().put(i, window.name);
    columns.numChan().put(i, static_cast<int>(window.frequency_hz.size()));
    columns.refFrequency().put(i, window.frequency_hz.front());
    columns.chanFreq().put(i, vector_of(window.frequency_hz));
    columns.chanWidth().put(i, width);
    columns.effectiveBW().put(i, width);
    columns.resolution().put(i, width);
    columns.totalBandwidth().put(i, casacore::sum(width));
    columns.measFreqRef().put(i, casacore::MFrequency::TOPO);
    columns.netSideband().put(i, 1);
    columns.ifConvChain().put(i, 0);
    columns.freqGroup().put(i, 0);
    columns.freqGroupName().put(i, "");
    columns.flagRow().put(i, false);
  }
}

void fill_fields(casacore::MSField& table, const Description& description) {
  casacore::MSFieldColumns columns(table);
  columns.setDirectionRef(casacore::MDirection::ICRS);
  table.addRow(description.fields.size());
  for (std::size_t i = 0; i < description.fields.size(); ++i) {
    const Field& field = description.fields[i];
    const Matrix<double> direction = direction_column(field.phase_centre);
    columns.name().put(i, field.name);
    columns.code().put(i, "");
    columns.time().put(i, field.time_mjd_s);
    columns.numPoly().put(i, 0);
    columns.delayDir().put(i, direction);
    columns.phaseDir().put(i, direction);
    columns.referenceDir().put(i, direction);
    columns.sourceId().put(i, static_cast<int>(i));
    columns.flagRow().put(i, false);
  }
}

void fill_observation(casacore::MSObservation& table, const Description& description) {
  table.addRow();
  casacore::MSObservationColumns columns(table);
  columns.telescopeName().put(0, description.telescope_name);
  columns.timeRange().put(0, Vector<double>(std::vector<double>{description.first_time_mjd_s,
                                                                description.last_time_mjd_s}));
  columns.observer().put(0, description.observer);
  columns.log().put(0, Vector<String>(1, ""));
  columns.scheduleType().put(0, "");
  columns.schedule().put(0, Vector<String>(1, ""));
  columns.project().put(0, description.project);
  columns.releaseDate().put(0, description.last_time_mjd_s);
  columns.flagRow().put(0, false);
}

void fill_history(casacore::MSHistory& table, const Description& description) {
  table.addRow(description.provenance.size());
  casacore::MSHistoryColumns columns(table);
  const double now_mjd_s = astro::mjd_s_from_unix_s(astro::now_unix_s());
  for (std::size_t i = 0; i < description.provenance.size(); ++i) {
    columns.time().put(i, now_mjd_s);
    columns.observationId().put(i, 0);
    columns.message().put(i, description.provenance[i]);
    columns.priority().put(i, "INFO");
    columns.origin().put(i, description.provenance_application);
    columns.objectId().put(i, 0);
    columns.application().put(i, description.provenance_application);
    columns.cliCommand().put(i, Vector<String>(1, description.provenance_command));
    columns.appParams().put(i, Vector<String>(1, ""));
  }
}

void fill_subtables(casacore::MeasurementSet& set, const Description& description) {
  fill_antennas(set.antenna(), description);
  fill_feeds(set, description);
  fill_spectral_windows(set.spectralWindow(), description);
  fill_data_descriptions(set, description);
  fill_polarization(set, description);
  fill_fields(set.field(), description);
  fill_sources(set, description);
  fill_observation(set.observation(), description);
  fill_state_and_processor(set, description);
  fill_pointings(set, description);
  fill_history(set.history(), description);
}

}  // namespace contimg::ms
