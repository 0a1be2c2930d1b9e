-- SPDX-License-Identifier: GPL-3.0-or-later
-- AOFlagger strategy for DSA-110: one baseline, 24 integrations of 12.9 s by 768 channels of
-- 244 kHz, two correlations.

aoflagger.require_min_version("3.0")

function execute(input)
  local base_threshold = 0.9
  local first = 4
  local copy = input:copy()
  for _, polarization in ipairs(input:get_polarizations()) do
    local original = input:convert_to_polarization(polarization):convert_to_complex("amplitude")
    local data = original:copy()

    aoflagger.sumthreshold_masked(data, original, first * base_threshold, first * base_threshold, true, true)
    local chdata = data:copy()
    aoflagger.threshold_timestep_rms(data, 3.5)
    aoflagger.threshold_channel_rms(chdata, 6.0, true)
    data:join_mask(chdata)

    data:set_visibilities(original)
    data:join_mask(original)
    local small = aoflagger.downsample(data, 3, 3, true)
    aoflagger.low_pass_filter(small, 9, 31, 2.5, 5.0)
    aoflagger.upsample(small, data, 3, 3)
    local residual = original - data
    residual:set_mask(original)
    data = residual

    aoflagger.sumthreshold_masked(data, original, base_threshold, base_threshold, true, true)
    input:set_polarization_data(polarization, data:convert_to_complex("complex"))
  end
  aoflagger.scale_invariant_rank_operator_masked(input, copy, 0.2, 0.2)
  aoflagger.threshold_timestep_rms(input, 4.0)
end
