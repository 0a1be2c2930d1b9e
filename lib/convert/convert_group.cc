// SPDX-License-Identifier: GPL-3.0-or-later
#include "convert/convert_group.h"

#include <spdlog/spdlog.h>

#include <boost/filesystem.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "astro/constants.h"
#include "astro/epoch.h"
#include "base/atomic_output.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/version.h"
#include "convert/checkpoint.h"
#include "convert/staging.h"
#include "convert/transfer.h"
#include "convert/validation.h"
#include "ms/reader.h"

namespace contimg::convert {
namespace {

std::string reason_path(const Settings& settings, const std::string& group_id) {
  const std::string set = set_path(settings.output_dir, "failed", group_id);
  return set.substr(0, set.size() - 3) + ".reason.json";
}

void write_reason(const Settings& settings, const Group& group,
                  const std::vector<std::string>& reasons, const std::string& set) {
  nlohmann::json reason;
  reason["group_id"] = group.group_id;
  reason["stage"] = "convert";
  reason["reasons"] = reasons;
  reason["files"] = group.files;
  reason["measurement_set"] = set.empty() ? nlohmann::json() : nlohmann::json(set);
  reason["time"] = astro::format_stamp(astro::mjd_s_from_unix_s(astro::now_unix_s())) + "Z";
  reason["version"] = kVersion;
  write_text_file(reason_path(settings, group.group_id), reason.dump(2) + "\n");
}

std::uint64_t expected_bytes(const Plan& plan) {
  // DATA, FLAG as bits, the rest of a row, and the subtables.
  const std::uint64_t visibilities =
      std::uint64_t{plan.n_row()} * plan.n_channel * plan.n_correlation;
  return visibilities * 8 + visibilities / 8 + std::uint64_t{plan.n_row()} * 160 + 4'000'000;
}

// Three products' worth, so that this one does not leave the next without room.
std::uint64_t needed_bytes(const Plan& plan, std::uint64_t floor_byte) {
  const std::uint64_t expected = expected_bytes(plan);
  return floor_byte == 0 ? expected : std::max(floor_byte, 3 * expected);
}

void require_space(const std::string& path, std::uint64_t needed_byte) {
  const std::uint64_t free = free_bytes(path);
  if (free >= needed_byte) return;
  throw TemporaryError(path + ": " + std::to_string(free / 1'000'000) + " MB free, expected " +
                       std::to_string(needed_byte / 1'000'000) +
                       " MB before a conversion begins; free some space");
}

std::string describe(const Layout& layout) {
  return std::string("settings: spectral window ") +
         (layout.window_per_subband ? "per subband" : "for the whole band") + ", phase centre " +
         (layout.centre_per_integration ? "per integration" : "at mid-group") +
         ", autocorrelations " + (layout.keep_autocorrelations ? "kept" : "left out") +
         ", expected subbands " + std::to_string(layout.expected_subbands);
}

void add_provenance(const Group& group, const Settings& settings,
                    const astro::EarthOrientation& earth, Plan& plan) {
  ms::Description& description = plan.description;
  description.provenance_application = std::string("convert-group ") + kVersion;
  description.provenance_command = settings.command_line;
  description.provenance = {"group " + group.group_id + " converted by contimg " + kVersion,
                            "Earth orientation: " + earth.description(), describe(settings.layout)};
  for (const std::string& file : group.files) description.provenance.push_back("input " + file);
  for (const std::string& remark : plan.remarks) description.provenance.push_back(remark);
  std::string missing;
  for (const std::size_t slot : plan.band.missing_slots)
    missing += (missing.empty() ? "" : ",") + std::to_string(plan.band.subband_of_slot(slot));
  description.keywords = {{"CONTIMG_GROUP_ID", group.group_id},
                          {"CONTIMG_VERSION", kVersion},
                          {"CONTIMG_MISSING_SUBBANDS", missing}};
}

/// One conversion, from the plan to the published set.
class Conversion {
 public:
  Conversion(const Group& group, const Settings& settings, const astro::EarthOrientation& earth,
             const Observer& observer)
      : group_(group),
        settings_(settings),
        earth_(earth),
        observer_(observer),
        owner_(this_process(settings.token)),
        final_(set_path(settings.output_dir, group.is_calibrator ? "calibrators" : "science",
                        group.group_id)) {}

  Report run() {
    const Clock::time_point begin = Clock::now();
    report_.ms_path = final_;
    if (!settings_.overwrite && boost::filesystem::exists(final_)) return existing();
    const std::string inputs = fingerprint_inputs();
    plan_ = plan_conversion(group_, settings_.layout, earth_);
    add_provenance(group_, settings_, earth_, plan_);
    describe_plan();
    describe(plan_.description);
    if (settings_.dry_run) {
      report_.planned = true;
      return report_;
    }
    require_room();
    if (settings_.stage_inputs) stage_inputs();
    build_or_rebuild(inputs);
    if (fingerprint_inputs() != inputs)
      throw TemporaryError(group_.group_id +
                           ": a subband file changed while it was read, expected files that are "
                           "whole; try again when they no longer change");
    finish_set();
    if (observer_.check) observer_.check();
    try {
      publish();
    } catch (const ProductExists&) {
      // A worker that was taken for dead has finished first, with the same product.
      return existing();
    }
    report_.total_s = seconds_since(begin);
    return report_;
  }

 private:
  Report existing() {
    if (!settings_.dry_run) tidy_up();
    const ms::Reader reader(final_);
    report_.existed = true;
    report_.n_row = reader.n_row();
    describe(reader.description());
    return report_;
  }

  // What a dead process left of this group must not keep it waiting for room.
  void require_room() const {
    const std::string checkpoint = checkpoint_place();
    const auto saved = checkpoint.empty() ? std::nullopt : read_checkpoint(checkpoint);
    std::uint64_t needed = needed_bytes(plan_, settings_.disk_floor_byte);
    if (!saved)
      remove_leftovers();
    else if (boost::filesystem::exists(saved->partial))
      needed -= std::min(needed, size_of_tree(saved->partial));
    require_space(settings_.output_dir, needed);
  }

  // A partial that was finished (flagged) may only be gone on with by a process that does so too.
  std::string fingerprint_inputs() const {
    return fingerprint(group_, settings_.layout, earth_.description()) +
           (observer_.finish_set ? "finished before it is named\n" : "");
  }

  // Headers are read where the files are, so that a bad one is named before anything is copied.
  void stage_inputs() {
    staged_inputs_.emplace(group_.files, scratch(), group_.group_id, owner_,
                           settings_.stage_workers, !settings_.cleanup_temp);
    for (std::size_t i = 0; i < plan_.subbands.size(); ++i)
      plan_.subbands[i].path = staged_inputs_->files()[i];
  }

  void tidy_up() const {
    remove_leftovers();
    const std::string checkpoint = checkpoint_place();
    const auto saved = checkpoint.empty() ? std::nullopt : read_checkpoint(checkpoint);
    if (saved && !boost::filesystem::exists(saved->partial)) remove_tree(checkpoint);
  }

  std::string scratch() const {
    return settings_.scratch_dir.empty() ? settings_.output_dir : settings_.scratch_dir;
  }

  // The set grows beside its final place, or in scratch when it fits there.
  std::string building_place() {
    if (settings_.scratch_dir.empty()) return final_;
    create_folders(settings_.scratch_dir);
    if (free_bytes(settings_.scratch_dir) > expected_bytes(plan_) * 6 / 5)
      return settings_.scratch_dir + "/" + group_.group_id + ".ms";
    report_.remarks.push_back(settings_.scratch_dir +
                              ": too little space for the set, which is built in place");
    return final_;
  }

  std::string checkpoint_place() const {
    return settings_.checkpoint_dir.empty()
               ? ""
               : checkpoint_path(settings_.checkpoint_dir, group_.group_id);
  }

  // Removes what processes that died left of this group, wherever this one could have left it.
  void remove_leftovers() const {
    std::vector<std::string> products = {
        final_, set_path(settings_.output_dir, "failed", group_.group_id),
        reason_path(settings_, group_.group_id), scratch() + "/" + group_.group_id + ".ms",
        scratch() + "/" + group_.group_id + ".inputs"};
    if (!settings_.checkpoint_dir.empty()) products.push_back(checkpoint_place());
    for (const std::string& product : products)
      for (const std::string& removed : remove_abandoned(product))
        spdlog::info("removed {}, left by a process that has died", removed);
  }

  // casacore rewrites small headers in place when it flushes; killed in between, it cannot read
  // its own set again, and the checkpoint is worth nothing.
  void build_or_rebuild(const std::string& inputs) {
    try {
      build(inputs);
    } catch (const DataError& error) {
      if (!report_.resumed) throw;
      spdlog::warn("group {}: cannot be gone on with, and is begun anew: {}", group_.group_id,
                   error.what());
      work_.reset();
      remove_tree(checkpoint_place());
      report_.resumed = false;
      build(inputs);
    }
  }

  void build(const std::string& inputs) {
    const std::string place = building_place();
    const std::string checkpoint = checkpoint_place();
    std::size_t first_time = 0;
    if (!checkpoint.empty()) first_time = adopt(checkpoint, inputs, place);
    remove_leftovers();
    if (!work_) work_.emplace(place, owner_, settings_.overwrite || place != final_);
    ms::Writer writer = report_.resumed
                            ? ms::Writer::reopen(work_->path())
                            : ms::Writer::create(work_->path(), plan_.description, plan_.keys);
    Clock::time_point last_checkpoint = Clock::now();
    report_.findings = transfer(plan_, writer, first_time, settings_.n_thread, [&](std::size_t t) {
      if (observer_.progress) observer_.progress(t + 1, plan_.n_time);
      const bool due = seconds_since(last_checkpoint) >= settings_.checkpoint_interval_s;
      if (!checkpoint.empty() && due && t + 1 < plan_.n_time) {
        writer.flush();
        fsync_tree(work_->path());
        write_checkpoint(checkpoint, {work_->path(), inputs, t + 1});
        last_checkpoint = Clock::now();
      }
      if (observer_.check) or_keep(checkpoint, observer_.check);
    });
    writer.flush();
    checkpoint_ = checkpoint;
  }

  void finish_set() {
    if (observer_.finish_set) or_keep(checkpoint_, [&] { observer_.finish_set(work_->path()); });
  }

  // A stop between checkpoints leaves the partial for the next process when there is a
  // checkpoint that names it.
  void or_keep(const std::string& checkpoint, const std::function<void()>& step) {
    try {
      step();
    } catch (const TemporaryError&) {
      const auto saved = checkpoint.empty() ? std::nullopt : read_checkpoint(checkpoint);
      if (saved && saved->partial == work_->path()) work_->keep();
      throw;
    }
  }

  // Goes on with a dead process's partial if it is of the same inputs; returns how far it was.
  std::size_t adopt(const std::string& checkpoint, const std::string& inputs,
                    const std::string& place) {
    const auto saved = read_checkpoint(checkpoint);
    if (!saved) return 0;
    const auto owner = partial_owner(saved->partial);
    const bool usable = saved->fingerprint == inputs && owner && owner_is_dead(*owner) &&
                        saved->integrations_done <= plan_.n_time &&
                        saved->partial.compare(0, place.size(), place) == 0 &&
                        boost::filesystem::exists(saved->partial);
    if (!usable) return 0;
    work_.emplace(
        AtomicOutput::adopt(saved->partial, place, owner_, settings_.overwrite || place != final_));
    write_checkpoint(checkpoint, {work_->path(), inputs, saved->integrations_done});
    report_.resumed = true;
    spdlog::info("group {}: going on at integration {} of {}", group_.group_id,
                 saved->integrations_done, plan_.n_time);
    return saved->integrations_done;
  }

  void publish() {
    const std::vector<std::string> faults = find_faults(work_->path(), plan_);
    const std::string target =
        faults.empty() ? final_ : set_path(settings_.output_dir, "failed", group_.group_id);
    if (work_->final_path() == final_) {
      faults.empty() ? work_->commit() : work_->commit_as(target);
    } else {
      AtomicOutput moved(target, owner_, settings_.overwrite || !faults.empty());
      copy_tree(work_->path(), moved.path());
      moved.commit();
      remove_tree(work_->path());
    }
    if (!checkpoint_.empty()) remove_tree(checkpoint_);
    if (faults.empty()) {
      remove_tree(reason_path(settings_, group_.group_id));
      return;
    }
    write_reason(settings_, group_, faults, target);
    throw InvalidSet(target + ": not valid: " + faults.front());
  }

  void describe(const ms::Description& description) {
    const ms::Field& field = description.fields.at(description.fields.size() / 2);
    report_.field_name = field.name;
    report_.phase_centre = field.phase_centre;
    report_.first_time_mjd_s = description.first_time_mjd_s;
    report_.last_time_mjd_s = description.last_time_mjd_s;
  }

  void describe_plan() {
    report_.n_row = plan_.n_row();
    report_.n_channel = plan_.n_window * plan_.n_channel;
    report_.n_correlation = plan_.n_correlation;
    report_.n_time = plan_.n_time;
    report_.n_baseline = plan_.n_baseline;
    for (const std::size_t slot : plan_.band.missing_slots)
      report_.missing_subbands.push_back(plan_.band.subband_of_slot(slot));
    report_.uvw_discrepancy_m = plan_.uvw_discrepancy_m;
    report_.remarks = plan_.remarks;
  }

 public:
  /// The reason is written already.
  class InvalidSet : public DataError {
   public:
    using DataError::DataError;
  };

 private:
  const Group& group_;
  const Settings& settings_;
  const astro::EarthOrientation& earth_;
  const Observer& observer_;
  PartialOwner owner_;
  std::string final_;
  std::string checkpoint_;
  std::optional<StagedInputs> staged_inputs_;
  std::optional<AtomicOutput> work_;
  Plan plan_;
  Report report_;
};

}  // namespace

std::string set_path(const std::string& output_dir, const std::string& class_folder,
                     const std::string& group_id) {
  if (!astro::parse_stamp(group_id) || group_id.find('/') != std::string::npos)
    throw UsageError(group_id + ": not a group id, expected YYYY-MM-DDTHH:MM:SS");
  return output_dir + "/" + class_folder + "/" + group_id.substr(0, 10) + "/" + group_id + ".ms";
}

Report convert_group(const Group& group, const Settings& settings,
                     const astro::EarthOrientation& earth, const Observer& observer) {
  try {
    return Conversion(group, settings, earth, observer).run();
  } catch (const Conversion::InvalidSet&) {
    throw;
  } catch (const DataError& error) {
    if (!settings.dry_run) write_reason(settings, group, {error.what()}, "");
    throw;
  }
}

}  // namespace contimg::convert
