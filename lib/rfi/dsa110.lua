-- SPDX-License-Identifier: GPL-3.0-or-later
-- Strategy for DSA-110, run by AOFlagger on one baseline at a time: 24 integrations of 12.9 s by
-- 768 channels of 244 kHz, in two correlations.
--
-- contimg hands over what is left of the visibilities when their steady part is gone (a bright
-- source with its bandpass), and noise in the place of what is flagged already. What remains in the
-- amplitudes is the level of the noise, which follows the bandpass, and sources that fringe fast:
-- one pass at a smooth background is enough, and no function needs to know of gaps.

aoflagger.require_min_version("3.0")

function execute(input)
  -- Lower finds more, and loses more where there is no interference: half a per cent at 1.0, a
  -- tenth at 1.15. docs/tools/flag-ms.md says what is found.
  local threshold = 1.15
  -- So much stronger interference is kept out of the background. At 2 the level of the noise itself
  -- would count as interference.
  local first_threshold = 3.0
  -- Share of a neighbourhood that may be good and is flagged nevertheless: this operator grows
  -- what is found in time and in frequency.
  local rank = 0.1

  for _, polarization in ipairs(input:get_polarizations()) do
    local amplitude = input:convert_to_polarization(polarization):convert_to_complex("amplitude")

    local background = amplitude:copy()
    aoflagger.sumthreshold(background, first_threshold, first_threshold, true, true)
    local small = aoflagger.downsample(background, 3, 6, true)
    aoflagger.low_pass_filter(small, 5, 21, 2.5, 5.0)
    aoflagger.upsample(small, background, 3, 6)

    local residual = amplitude - background
    aoflagger.sumthreshold(residual, threshold, threshold, true, true)
    input:set_polarization_data(polarization, residual:convert_to_complex("complex"))
  end

  aoflagger.scale_invariant_rank_operator(input, rank, rank)
end
