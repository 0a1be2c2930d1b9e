#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Tables in FITS and VOTable are made by astropy, which shares no code with us.

load helpers

# table FORMAT FILE [UNIT_OF_RA] : three sources as astropy writes them.
table() {
  python - "$@" <<'EOF2'
import sys
import astropy.units as u
from astropy.table import MaskedColumn, Table
form, path = sys.argv[1:3]
ra_unit = sys.argv[3] if len(sys.argv) > 3 else "deg"
table = Table()
table["Source_Name"] = ["J0001+01", "J1200-30", "J2359+89"]
table["RA"] = [0.25, 180.123456789012, 359.9] * u.deg
if ra_unit == "hour":
    table["RA"] = (table["RA"] / 15).value * u.hour
table["Dec"] = [1.5, -30.000000001, 89.5] * u.deg
table["Total_flux_Source"] = MaskedColumn([1234.5, 10.25, float("nan")], unit="mJy", dtype="f4")
table["E_Total_flux_Source"] = [1.5, 0.5, 0.5] * u.mJy
table["SBID"] = [[1, 2], [3, 4], [5, 6]]
if form == "votable":
    table.remove_column("SBID")
table.write(path, format=form, overwrite=True, **({"tabledata_format": "tabledata"} if form == "votable" else {}))
EOF2
}

catalogue_sql() { sqlite3 -batch "$1" "$2"; }

@test "import-catalogue: the VLA list, every source and band of it" {
  needs_data catalogues/vlacalibrators.txt
  check 0 import-catalogue "$test_data/catalogues/vlacalibrators.txt" --output vla.sqlite3
  same "$output" vla.sqlite3
  holds "$stderr" "1865 sources"
  holds "$stderr" "5535 fluxes are numbers"
  same "$(catalogue_sql vla.sqlite3 'SELECT count(*) FROM sources')" 1865
  same "$(catalogue_sql vla.sqlite3 "SELECT count(*) FROM fluxes WHERE band = '20cm'")" 1042
  same "$(catalogue_sql vla.sqlite3 "SELECT DISTINCT s.name FROM names n JOIN sources s
    ON s.id = n.source_id WHERE n.key = '3C286'")" 1331+305
  same "$(catalogue_sql vla.sqlite3 'PRAGMA integrity_check; PRAGMA user_version')" $'ok\n1'
}

@test "import-catalogue: quiet, and into the root" {
  needs_data catalogues/vlacalibrators.txt
  check 0 import-catalogue --quiet "$test_data/catalogues/vlacalibrators.txt" --root "$PWD/root"
  same "$output" "$PWD/root/state/catalogues/vlacalibrators.sqlite3"
  same "$stderr" ""
}

@test "import-catalogue: FITS and VOTable give the same sources, with all digits" {
  table fits racs.fits
  table votable racs.vot
  check 0 import-catalogue racs.fits --preset racs --output fits.sqlite3
  holds "$stderr" "1 entries give no flux"
  check 0 import-catalogue racs.vot --preset racs --output vot.sqlite3
  columns="SELECT name, printf('%.12f %.9f', ra_deg, dec_deg), flux_jy, error_jy, frequency_hz
    FROM sources JOIN fluxes ON source_id = id ORDER BY name"
  same "$(catalogue_sql fits.sqlite3 "$columns")" "J0001+01|0.250000000000 1.500000000|1.2345|0.0015|887500000.0
J1200-30|180.123456789012 -30.000000001|0.01025|0.0005|887500000.0
J2359+89|359.900000000000 89.500000000||0.0005|887500000.0"
  same "$(catalogue_sql vot.sqlite3 "$columns")" "$(catalogue_sql fits.sqlite3 "$columns")"
}

@test "import-catalogue: refuses what a FITS table cannot mean" {
  table fits racs.fits
  check 1 import-catalogue racs.fits --preset racs --column flux=SBID --output c.sqlite3
  holds "$stderr" "holds 2 values a row"
  check 1 import-catalogue racs.fits --preset nvss --output c.sqlite3
  holds "$stderr" "the columns are Source_Name, RA, Dec"
  table fits hours.fits hour
  check 1 import-catalogue hours.fits --preset racs --output c.sqlite3
  holds "$stderr" "--unit ra=hours"
  check 0 import-catalogue hours.fits --preset racs --unit ra=hours --output c.sqlite3
  same "$(catalogue_sql c.sqlite3 "SELECT printf('%.9f', ra_deg) FROM sources
    WHERE name = 'J1200-30'")" 180.123456789
  head -c 5000 racs.fits >cut.fits
  check 1 import-catalogue cut.fits --preset racs --output d.sqlite3
  [[ ! -e d.sqlite3 && -z $(compgen -G 'd.sqlite3*') ]]
}

@test "import-catalogue: own columns by name, run again nothing changes, --overwrite replaces" {
  printf 'id;x;y;S\nfirst;10:00:00;-00:30:00;5\nsecond;10:04:00;45;6\n' >own.csv
  own=(own.csv --column ra=x --column dec=y --column flux=S --unit flux=mJy --output own.sqlite3)
  check 2 import-catalogue "${own[@]}"
  holds "$stderr" "--frequency-hz"
  check 0 import-catalogue "${own[@]}" --frequency-hz 1.4e9
  same "$(catalogue_sql own.sqlite3 "SELECT name, ra_deg, dec_deg, flux_jy FROM sources
    JOIN fluxes ON source_id = id ORDER BY name")" $'first|150.0|-0.5|0.005\nsecond|151.0|45.0|0.006'
  before=$(stat -c '%i %y' own.sqlite3)
  check 0 import-catalogue "${own[@]}" --frequency-hz 1.4e9
  holds "$stderr" "already there"
  same "$(stat -c '%i %y' own.sqlite3)" "$before"
  check 1 import-catalogue "${own[@]}" --frequency-hz 1.5e9
  holds "$stderr" "--overwrite"
  check 0 import-catalogue "${own[@]}" --frequency-hz 1.5e9 --overwrite
  same "$(catalogue_sql own.sqlite3 'SELECT DISTINCT frequency_hz FROM fluxes')" 1500000000.0
  same "$(compgen -G 'own.sqlite3*')" own.sqlite3
}

@test "import-catalogue: bad rows are listed, too many refused, usage is checked" {
  { echo name,ra_deg,dec_deg,flux_jy; seq 1 50 | sed 's/.*/s&,&,&,1/'; echo bad,1,91,1; } >l.csv
  check 1 import-catalogue l.csv --frequency-hz 1.4e9 --output l.sqlite3
  holds "$stderr" "1 of 51 rows cannot be used"
  [[ ! -e l.sqlite3 ]]
  check 0 import-catalogue l.csv --frequency-hz 1.4e9 --max-bad-share 0.05 --output l.sqlite3
  holds "$stderr" "line 52: dec is '91'"
  check 2 import-catalogue l.csv --column ra --output l.sqlite3
  check 2 import-catalogue l.csv
  check 1 import-catalogue absent.csv --output l.sqlite3
  check 1 import-catalogue "$PWD" --output l.sqlite3
}
