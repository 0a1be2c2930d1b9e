// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/averaging_writer.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "ms/writer.h"

namespace contimg::image {
namespace {

constexpr std::size_t kVisibilitiesAtOnce = 1 << 18;
constexpr int kStokesI = 1;

// An averaged row and where its sums are.
struct KeptRow {
  std::size_t row = 0;
  AveragedRow description;
};

std::vector<KeptRow> kept_rows(std::size_t set, const SetLayout& layout, const AveragingPlan& plan,
                               const std::vector<Centroid>& centroids) {
  std::vector<KeptRow> kept;
  for (std::size_t i = 0; i < plan.rows.size(); ++i) {
    const AveragingPlan::Row& row = plan.rows[i];
    const Centroid& c = centroids[i];
    if (row.set != set || !(c.weight > 0)) continue;
    kept.push_back({row.row,
                    {row.antenna1,
                     row.antenna2,
                     c.scan,
                     row.first_integration,
                     row.n_integration,
                     layout.integration_mjd_s.front() + c.time_s / c.weight,
                     c.end_mjd_s - c.start_mjd_s,
                     {c.uvw_m[0] / c.weight, c.uvw_m[1] / c.weight, c.uvw_m[2] / c.weight}}});
  }
  const auto key = [](const KeptRow& row) {
    return std::tie(row.description.time_mjd_s, row.description.antenna1, row.description.antenna2);
  };
  std::sort(kept.begin(), kept.end(),
            [&](const KeptRow& a, const KeptRow& b) { return key(a) < key(b); });
  return kept;
}

ms::Description describe(const SetLayout& layout, const ImagingSet& set) {
  ms::Description description = layout.description;
  description.correlations = {kStokesI};
  description.spectral_windows = {
      {"averaged", set.frequency_hz,
       std::vector<double>(set.frequency_hz.size(), set.channel_width_hz)}};
  description.fields = {{layout.field, layout.phase_centre, layout.integration_mjd_s.front()}};
  description.provenance = {"averaged " + std::to_string(set.channel_factor) + " channels of " +
                            layout.path};
  description.provenance_application = "contimg";
  description.keywords.clear();
  description.pointings.clear();
  return description;
}

ms::RowKeys keys_of(const std::vector<KeptRow>& kept) {
  ms::RowKeys keys;
  for (const KeptRow& row : kept) {
    const AveragedRow& d = row.description;
    keys.time_mjd_s.push_back(d.time_mjd_s);
    keys.integration_time_s.push_back(d.interval_s);
    keys.antenna1.push_back(d.antenna1);
    keys.antenna2.push_back(d.antenna2);
    keys.scan.push_back(d.scan);
    keys.uvw_m.insert(keys.uvw_m.end(), d.uvw_m.begin(), d.uvw_m.end());
  }
  keys.data_description.assign(kept.size(), 0);
  keys.field.assign(kept.size(), 0);
  return keys;
}

// Some neighbouring rows as they are written.
class Chunk {
 public:
  Chunk(std::size_t n_row, std::size_t n_channel)
      : n_channel_(n_channel),
        flag_(std::make_unique<bool[]>(n_row * n_channel)),
        flag_row_(std::make_unique<bool[]>(n_row)) {
    data_.reserve(n_row * n_channel);
  }

  void clear(std::size_t first_row) {
    first_row_ = first_row;
    data_.clear();
    row_weight_.clear();
  }

  // Returns the weights of its channels by `weight`.
  void add(const std::complex<float>* sum, const float* weight) {
    double total = 0;
    std::size_t n_good = 0;
    for (std::size_t c = 0; c < n_channel_; ++c) {
      const bool good = weight[c] > 0;
      flag_[data_.size()] = !good;
      data_.push_back(good ? sum[c] / weight[c] : std::complex<float>(0));
      total += static_cast<double>(weight[c]);
      n_good += good;
    }
    row_weight_.push_back(n_good > 0 ? static_cast<float>(total / static_cast<double>(n_good))
                                     : 0.0F);
  }

  void write(ms::Writer& writer, const float* weight_spectrum) const {
    const std::size_t n_row = row_weight_.size();
    if (n_row == 0) return;
    const ms::RowBlock block{first_row_,  n_row,
                             data_,       {flag_.get(), data_.size()},
                             row_weight_, {flag_row_.get(), n_row}};
    writer.put(block);
    writer.put_weight_spectrum(block, {weight_spectrum, data_.size()});
  }

 private:
  std::size_t n_channel_, first_row_ = 0;
  std::vector<std::complex<float>> data_;
  std::unique_ptr<bool[]> flag_, flag_row_;
  std::vector<float> row_weight_;
};

void write_rows(const std::vector<KeptRow>& kept, const SetSums& sums, ImagingSet& set,
                ms::Writer& writer, const std::function<void()>& check) {
  const std::size_t n_channel = sums.n_channel;
  const std::size_t n_at_once = std::max<std::size_t>(1, kVisibilitiesAtOnce / n_channel);
  Chunk chunk(n_at_once, n_channel);
  set.weight.resize(kept.size() * n_channel);
  for (std::size_t first = 0; first < kept.size(); first += n_at_once) {
    if (check) check();
    const std::size_t end = std::min(kept.size(), first + n_at_once);
    chunk.clear(first);
    for (std::size_t i = first; i < end; ++i) {
      const float* const weight = sums.weight.data() + kept[i].row * n_channel;
      std::copy_n(weight, n_channel, set.weight.data() + i * n_channel);
      chunk.add(sums.sum.data() + kept[i].row * n_channel, weight);
    }
    chunk.write(writer, set.weight.data() + first * n_channel);
  }
}

}  // namespace

void Centroid::add(const SetLayout& layout, std::size_t row, double row_weight) {
  const double time_mjd_s = layout.keys.time_mjd_s[row];
  const double half_s = layout.keys.integration_time_s[row] / 2;
  if (!(weight > 0)) {
    start_mjd_s = time_mjd_s - half_s;
    end_mjd_s = time_mjd_s + half_s;
    scan = layout.keys.scan[row];
  }
  start_mjd_s = std::min(start_mjd_s, time_mjd_s - half_s);
  end_mjd_s = std::max(end_mjd_s, time_mjd_s + half_s);
  weight += row_weight;
  time_s += row_weight * (time_mjd_s - layout.integration_mjd_s.front());
  for (std::size_t axis = 0; axis < 3; ++axis)
    uvw_m[axis] += row_weight * layout.keys.uvw_m[3 * row + axis];
}

std::vector<ImagingSet> write_sets(const std::string& folder, const SetLayout& layout,
                                   const AveragingPlan& plan,
                                   const std::vector<Centroid>& centroids,
                                   std::vector<SetSums>& sums, const std::function<void()>& check) {
  std::vector<ImagingSet> sets;
  for (std::size_t s = 0; s < sums.size(); ++s) {
    ImagingSet set;
    set.channel_factor = plan.channel_factors[s];
    set.channel_width_hz = layout.channel_width_hz * static_cast<double>(set.channel_factor);
    for (std::size_t c = 0; c < sums[s].n_channel; ++c)
      set.frequency_hz.push_back((layout.frequency_hz[c * set.channel_factor] +
                                  layout.frequency_hz[(c + 1) * set.channel_factor - 1]) /
                                 2);
    const std::vector<KeptRow> kept = kept_rows(s, layout, plan, centroids);
    if (kept.empty()) continue;
    set.path = folder + "/averaged-" + std::to_string(set.channel_factor) + ".ms";
    ms::Writer writer = ms::Writer::create(set.path, describe(layout, set), keys_of(kept));
    write_rows(kept, sums[s], set, writer, check);
    writer.flush();
    for (const KeptRow& row : kept) set.rows.push_back(row.description);
    sums[s] = SetSums(0, 0);
    sets.push_back(std::move(set));
  }
  return sets;
}

}  // namespace contimg::image
