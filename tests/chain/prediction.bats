#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Predicted visibilities against those that the simulator made and convert-group converted. The two
# share no code for phases, beam or smearing.

load ../cli/helpers

# predicted INTEGRATION_S : largest difference over the brightest source, and how many compared.
predicted() {
  local truth site
  truth=$(compgen -G 'raw/*.truth.json')
  site=$(jq -r '"\(.site.longitude_rad) \(.site.latitude_rad) \(.site.height_m)"' "$truth")
  # shellcheck disable=SC2086  # three numbers
  check 0 predict_set "$set" sky.csv $site "$(jq -r .pointing_dec_rad "$truth")" \
    "$(jq -r .scale "$truth")" "$1"
  read -r worst compared <<<"$output"
  echo "#   largest difference $worst of the brightest source, $compared visibilities" >&3
}

below() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a < b) }'; }

@test "prediction: is what an ideal group holds, to 1e-3 of the brightest source" {
  mkdir raw
  # About the meridian point at the default start; one in the outer beam, one steep, one flat.
  printf '%s\n' name,ra_deg,dec_deg,flux_jy,spectral_index one,343.8,16.2,3,-0.7 \
    two,344.6,15.5,1,0.5 three,342.9,17.0,0.6,0 >sky.csv
  simulate-observation --quiet --ideal --antennas 12 --channels 8 --integrations 4 --dec 16.1 \
    --sky sky.csv --output-dir raw >/dev/null
  centre=$(jq -r '.sources | length' raw/*.truth.json)
  same "$centre" 3
  jq -e '[.sources[].separation_rad[0]] | min < 0.035' raw/*.truth.json >/dev/null
  check 0 convert-group --quiet --disk-floor-gb 0 --files raw/*.hdf5 --output-dir ms
  set=$output
  predicted 12.885
  ((compared > 10000))
  below "$worst" 1e-3
  # The bound can fail: without the loss from averaging it does.
  predicted 0
  below 1e-3 "$worst"
}
