// SPDX-License-Identifier: GPL-3.0-or-later
#include "simulate/simulate_observation.h"

#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <exception>
#include <fstream>
#include <limits>
#include <mutex>
#include <thread>

#include "astro/epoch.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file_bytes.h"
#include "base/stop.h"
#include "base/version.h"
#include "simulate/signal.h"
#include "simulate/truth.h"
#include "skymodel/primary_calibrators.h"
#include "subband/writer.h"

namespace contimg::simulate {
namespace {

using Announce = std::function<void(const WrittenFile&)>;

constexpr double kLostOriginJd = 2455000.5;
constexpr std::size_t kBlocksAtOnce = 8;

/// Waits, looking for a stop ten times a second.
void wait_until(Clock::time_point moment) {
  while (Clock::now() < moment) {
    check_stop();
    std::this_thread::sleep_for(
        std::min<Clock::duration>(moment - Clock::now(), std::chrono::milliseconds(100)));
  }
}

Clock::duration seconds(double s) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(s));
}

/// Moves a file to its final name as a slow copy would: bytes appear there little by little.
void copy_slowly(const std::string& path, double duration_s) {
  const std::string source = path + ".source";
  if (std::rename(path.c_str(), source.c_str()) != 0)
    throw TemporaryError(path + ": cannot be renamed");
  constexpr int kSteps = 20;
  std::ifstream from(source, std::ios::binary | std::ios::ate);
  const auto size = static_cast<std::size_t>(from.tellg());
  from.seekg(0);
  std::ofstream to(path, std::ios::binary | std::ios::trunc);
  std::vector<char> bytes(size / kSteps + 1);
  for (int step = 0; step <= kSteps && from; ++step) {
    from.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    to.write(bytes.data(), from.gcount());
    if (!to.flush()) throw TemporaryError(path + ": cannot be written");
    require_sound(from, source);
    wait_until(Clock::now() + seconds(duration_s / kSteps));
  }
  unlink(source.c_str());
}

/// Everything that the files of one group share.
struct GroupRun {
  const Settings& settings;
  const Schedule& schedule;
  const GroupPlan& group;
  const Instrument& instrument;
  const std::vector<std::size_t>& stations;
  const std::vector<Emitter>& emitters;
  const std::vector<std::vector<StructuredEvent>>& structured;
  std::mutex& hdf5;  // the library is not safe for two threads
};

subband::CorrelatorHeader header_of(const GroupRun& run, const FilePlan& file,
                                    const std::vector<std::size_t>& stations) {
  subband::CorrelatorHeader header;
  header.site = header_site();
  header.pointing_dec_rad = run.schedule.pointing_dec_rad;
  header.history = std::string("Written by contimg simulate-observation ") + kVersion + ", seed " +
                   std::to_string(run.settings.seed) + ", group " + std::to_string(run.group.index);
  header.fringestop_table = "fringestopping_table.npz";
  header.dish_diameter_m = kDishDiameterM;
  header.n_antenna = stations.size();
  header.applied_delay_ns = run.instrument.applied_delay_ns(stations);
  const astro::Vector3 origin = header_itrf_m();
  for (std::size_t station = 0; station < kStationCount; ++station) {
    const astro::Vector3 itrf = station_itrf_m(station);
    header.station_name.push_back(std::to_string(station + 1));
    header.station_offset_m.push_back(
        {itrf[0] - origin[0], itrf[1] - origin[1], itrf[2] - origin[2]});
  }
  const double lon = header.site.longitude_rad, dec = header.pointing_dec_rad;
  for (const BaselineStations& baseline : correlator_baselines(stations)) {
    header.station1.push_back(static_cast<std::int64_t>(baseline.station1));
    header.station2.push_back(static_cast<std::int64_t>(baseline.station2));
    const astro::Vector3& r1 = header.station_offset_m[baseline.station1];
    const astro::Vector3& r2 = header.station_offset_m[baseline.station2];
    const double x = r2[0] - r1[0], y = r2[1] - r1[1], z = r2[2] - r1[2];
    const double outward = std::cos(lon) * x + std::sin(lon) * y;
    header.uvw_m.push_back(static_cast<float>(-std::sin(lon) * x + std::cos(lon) * y));
    header.uvw_m.push_back(static_cast<float>(-std::sin(dec) * outward + std::cos(dec) * z));
    header.uvw_m.push_back(static_cast<float>(std::cos(dec) * outward + std::sin(dec) * z));
  }
  header.time_jd = run.group.time_jd;
  header.integration_time_s = kStoredIntegrationTimeS;
  header.frequency_hz = subband_frequencies_hz(file.subband, run.settings.observation.n_channel);
  header.channel_width_hz = kSubbandWidthHz / static_cast<double>(header.frequency_hz.size());
  header.polarization = {-5, -6};
  return header;
}

/// Faults that are in the header from the start.
void spoil_header(subband::CorrelatorHeader& header, const FilePlan& file, const GroupRun& run) {
  if (const Fault* fault = file.fault(FaultKind::short_file)) {
    const auto lost = static_cast<std::size_t>(fault->number("integrations", 1));
    header.time_jd.resize(
        std::max<std::size_t>(1, header.time_jd.size() - std::min(lost, header.time_jd.size())));
  }
  if (file.fault(FaultKind::wrong_time_origin)) {
    const double start = std::floor(run.schedule.groups.front().time_jd.front());
    for (double& jd : header.time_jd) jd += kLostOriginJd - start;
  }
  double shift_hz = 0;
  if (const Fault* fault = file.fault(FaultKind::frequency_gap))
    shift_hz = fault->number("mhz", 1.2) * 1e6;
  // An unknown host gets the correlator's fine channel 3400, where sb00 has 1024 (spec 1.6).
  if (file.fault(FaultKind::mislabelled))
    shift_hz = subband_frequencies_hz(0, header.frequency_hz.size())[0] -
               (3400 - 1024) * 30517.578125 - header.frequency_hz[0];
  for (double& frequency : header.frequency_hz) frequency += shift_hz;
}

void write_visibilities(subband::Writer& writer, SubbandSignal& signal, std::size_t n_channel,
                        std::size_t first_nan_row, std::mutex& hdf5) {
  const std::size_t row_size = 2 * n_channel;
  const std::size_t at_once = kBlocksAtOnce * writer.block_rows();
  std::vector<std::complex<float>> rows;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (std::size_t row = 0; row < writer.n_row(); row += at_once) {
    check_stop();
    const std::size_t count = std::min(at_once, writer.n_row() - row);
    rows.resize(count * row_size);
    signal.rows(row, rows);
    for (std::size_t i = std::max(row, first_nan_row); i < row + count; ++i)
      std::fill_n(rows.begin() + static_cast<std::ptrdiff_t>((i - row) * row_size), row_size,
                  std::complex<float>(nan, nan));
    const std::lock_guard<std::mutex> lock(hdf5);
    writer.append(Span<const std::complex<float>>(rows.data(), rows.size()));
  }
}

void write_file(const GroupRun& run, const FilePlan& file, const std::string& path) {
  std::vector<std::size_t> stations = run.stations;
  if (file.fault(FaultKind::antenna_count)) stations.pop_back();
  subband::CorrelatorHeader header = header_of(run, file, stations);
  const std::vector<double> frequencies = header.frequency_hz;
  const double width_hz = header.channel_width_hz;
  spoil_header(header, file, run);
  const std::size_t n_time = header.time_jd.size(), n_baseline = header.station1.size();
  std::size_t first_nan_row = SIZE_MAX;
  if (const Fault* fault = file.fault(FaultKind::nan_tail))
    first_nan_row =
        (n_time - std::min(n_time, static_cast<std::size_t>(fault->number("integrations", 1)))) *
        n_baseline;
  const std::uint64_t noise_seed = run.settings.noise_seed.value_or(run.settings.seed);
  SubbandSignal signal(run.group, run.emitters, run.instrument, stations, file.subband, frequencies,
                       width_hz, Random({noise_seed, 0x2015E, run.group.index, file.subband}));
  if (!run.structured.empty())
    signal.set_structured(run.structured, run.settings.observation.n_subband * frequencies.size());
  std::unique_ptr<subband::Writer> writer;
  {
    const std::lock_guard<std::mutex> lock(run.hdf5);
    writer = std::make_unique<subband::Writer>(path, std::move(header));
  }
  try {
    write_visibilities(*writer, signal, frequencies.size(), first_nan_row, run.hdf5);
  } catch (const Error&) {
    const std::lock_guard<std::mutex> lock(run.hdf5);
    writer.reset();
    throw;
  }
  const std::lock_guard<std::mutex> lock(run.hdf5);
  writer->finish();
  for (const Fault& fault : file.faults)
    damage_file(path, fault, run.settings.seed + run.group.index * kSubbandCount + file.subband);
}

WrittenFile inventory(const GroupPlan& group, const FilePlan& file, const std::string& path) {
  WrittenFile written{path, group.group_id, file.subband, {}};
  for (const Fault& fault : file.faults) written.faults.push_back(fault_name(fault.kind));
  return written;
}

/// Writes the given files of a group, several at once.
void write_files(const GroupRun& run, const std::vector<const FilePlan*>& files,
                 const Announce& announce) {
  if (files.empty()) return;
  const std::size_t n_processor = std::max(1U, std::thread::hardware_concurrency());
  const std::size_t n_thread =
      std::min(files.size(), run.settings.n_thread ? run.settings.n_thread : n_processor);
  std::atomic<std::size_t> next{0};
  std::exception_ptr failure;
  std::mutex announcing;
  const auto work = [&] {
    try {
      for (std::size_t i = next++; i < files.size(); i = next++) {
        const std::string path = run.settings.output_dir + "/" + files[i]->name;
        write_file(run, *files[i], path);
        if (const Fault* growing = files[i]->fault(FaultKind::growing))
          copy_slowly(path, growing->number("seconds", 10));
        const std::lock_guard<std::mutex> lock(announcing);
        announce(inventory(run.group, *files[i], path));
      }
    } catch (const std::exception&) {
      const std::lock_guard<std::mutex> lock(announcing);
      if (!failure) failure = std::current_exception();
      next = files.size();
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < n_thread; ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
}

/// One run of groups: what stays the same from group to group.
class Run {
 public:
  Run(const Settings& settings, const Announce& announce)
      : settings_(settings),
        announce_(announce),
        earth_(settings.observation.earth_orientation_path.empty()
                   ? astro::EarthOrientation::built_in()
                   : astro::EarthOrientation::load(settings.observation.earth_orientation_path)),
        schedule_(planned()),
        stations_(
            correlated_stations(settings.observation.n_antenna, settings.observation.outriggers)),
        instrument_(settings.instrument, settings.seed,
                    settings.instrument.drift_reference_mjd_s.value_or(
                        schedule_.groups.front().time_mjd_s.front())) {
    if (!earth_.covers(schedule_.groups.back().mid_mjd_s()))
      spdlog::warn("Earth orientation ({}) does not cover the observation", earth_.description());
  }

  SimulationReport everything() {
    SimulationReport report;
    const Clock::time_point began = Clock::now();
    for (const GroupPlan& group : schedule_.groups) {
      if (settings_.pace > 0)
        wait_until(began + seconds((group.mid_mjd_s() - schedule_.groups.front().mid_mjd_s()) /
                                   settings_.pace));
      report.n_file += write_group(group, settings_.late == LateFiles::only);
      report.group_ids.push_back(group.group_id);
    }
    if (settings_.late == LateFiles::write)
      for (const GroupPlan& group : schedule_.groups) {
        double delay_s = 0;
        for (const FilePlan& file : group.files)
          if (const Fault* late = file.fault(FaultKind::late))
            delay_s = std::max(delay_s, late->number("delay", 0));
        wait_until(Clock::now() + seconds(delay_s));
        report.n_file += write_group(group, true);
      }
    report.seconds = seconds_since(began);
    return report;
  }

 private:
  Schedule planned() {
    const auto calibrator = skymodel::find_primary_calibrator(settings_.sky.calibrator);
    return plan_schedule(settings_, calibrator ? &calibrator->component : nullptr, earth_);
  }

  /// Writes the late files of a group, or the others and the truth.
  std::size_t write_group(const GroupPlan& group, bool late) {
    std::vector<const FilePlan*> files;
    for (const FilePlan& file : group.files)
      if (!file.fault(FaultKind::missing) && (file.fault(FaultKind::late) != nullptr) == late)
        files.push_back(&file);
    if (late && files.empty()) return 0;
    for (const FilePlan* file : files)
      if (!settings_.overwrite &&
          access((settings_.output_dir + "/" + file->name).c_str(), F_OK) == 0)
        throw UsageError(settings_.output_dir + "/" + file->name +
                         ": exists already; choose another folder or give --overwrite");
    const double dec_rad = schedule_.pointing_dec_rad;
    const std::vector<skymodel::Component> sources =
        sources_of_group(settings_.sky, group, dec_rad, settings_.seed, earth_);
    const std::vector<Transmitter> transmitters =
        transmitters_of_group(settings_.instrument.interference, group, settings_.seed);
    const std::vector<Emitter> emitters =
        emitters_of_group(sources, transmitters, group, dec_rad, earth_);
    const auto structured = structured_of_group(group);
    if (!late)
      write_truths(
          {settings_, group, instrument_, stations_, emitters, earth_, dec_rad, structured});
    const GroupRun run{settings_, schedule_, group,      instrument_,
                       stations_, emitters,  structured, hdf5_};
    const auto seconds_begin =
        std::stable_partition(files.begin(), files.end(), [](const auto* f) { return !f->second; });
    write_files(run, {files.begin(), seconds_begin}, announce_);
    write_files(run, {seconds_begin, files.end()}, announce_);
    spdlog::info("{}: {} files, {} sources", group.group_id, files.size(), sources.size());
    return files.size();
  }

  void write_truths(const GroupTruth& truth) const {
    const std::string stem = settings_.output_dir + "/" + truth.group.group_id;
    write_truth(stem + ".truth.json", truth);
    if (!truth.structured.empty()) write_structured(stem + ".rfi.csv", truth);
  }

  std::vector<std::vector<StructuredEvent>> structured_of_group(const GroupPlan& group) const {
    const ObservationSettings& o = settings_.observation;
    std::vector<std::vector<StructuredEvent>> events;
    for (const std::string& text : settings_.instrument.interference)
      if (const auto structured = parse_structured(text)) {
        const auto baselines = correlator_baselines(stations_);
        events.resize(baselines.size());
        for (std::size_t b = 0; b < baselines.size(); ++b) {
          const auto [station1, station2] = baselines[b];
          if (station1 == station2) continue;
          for (const StructuredEvent& event :
               structured_events(*structured, settings_.seed, group.index, station1, station2,
                                 group.time_jd.size(), o.n_subband * o.n_channel))
            events[b].push_back(event);
        }
      }
    return events;
  }

  const Settings& settings_;
  const Announce& announce_;
  astro::EarthOrientation earth_;
  Schedule schedule_;
  std::vector<std::size_t> stations_;
  Instrument instrument_;
  std::mutex hdf5_;
};

}  // namespace

SimulationReport simulate_observation(const Settings& settings, const Announce& announce) {
  if (!settings.sky.calibrator.empty() &&
      !skymodel::find_primary_calibrator(settings.sky.calibrator))
    throw UsageError("--calibrator " + settings.sky.calibrator +
                     ": unknown, expected 3C48, 3C138, 3C147, 3C196, 3C286 or 3C295");
  struct stat status = {};
  if (stat(settings.output_dir.c_str(), &status) != 0 || !S_ISDIR(status.st_mode))
    throw UsageError(settings.output_dir + ": no such folder; create it first");
  return Run(settings, announce).everything();
}

}  // namespace contimg::simulate
