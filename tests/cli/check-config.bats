# SPDX-License-Identifier: GPL-3.0-or-later
# check-config: where each value comes from, and every fault of a configuration that it finds and names.
load helpers

# A root in which everything is in place, and a file that names it.
make_root() {
  mkdir -p root/{incoming,ms,state/{db,logs,checkpoints}}
  cat >contimg.toml <<'TOML'
[paths]
root = "root"
[disk]
floor_gb = 0.001
[pipeline]
stages = ["convert"]
TOML
}

source_of() { jq -r --arg key "$1" '.settings[] | select(.key == $key) | .source' <<<"$output"; }
value_of() { jq -r --arg key "$1" '.settings[] | select(.key == $key) | .value' <<<"$output"; }

@test "check-config: a configuration in order is exit code 0, without a word on stderr" {
  make_root
  check 0 check-config --quiet --config contimg.toml
  same "$stderr" ""
  holds "$output" "ok       paths.output_dir: $PWD/root/ms is writable"
}

@test "check-config: says where each value came from" {
  make_root
  CONTIMG_MAX_RETRIES=5 check 0 check-config --json --config contimg.toml --backoff 7
  same "$(source_of paths.root)" "contimg.toml:2"
  same "$(source_of paths.queue_db)" "default under paths.root"
  same "$(value_of paths.queue_db)" "$PWD/root/state/db/pipeline.sqlite3"
  same "$(source_of queue.max_retries)" "environment CONTIMG_MAX_RETRIES"
  same "$(source_of queue.backoff)" "option --backoff"
  same "$(value_of queue.backoff)" 7
  same "$(source_of group.expected_subbands)" default
  same "$(jq .ok <<<"$output")" true
}

@test "check-config: an option wins over the environment, and that over the file" {
  make_root
  printf '[queue]\nmax_retries = 4\n' >>contimg.toml
  check 0 check-config --json --config contimg.toml
  same "$(value_of queue.max_retries)" 4
  CONTIMG_MAX_RETRIES=5 check 0 check-config --json --config contimg.toml
  same "$(value_of queue.max_retries)" 5
  CONTIMG_MAX_RETRIES=5 check 0 check-config --json --config contimg.toml --max-retries 6
  same "$(value_of queue.max_retries)" 6
}

@test "check-config: flags go both ways" {
  make_root
  check 0 check-config --json --config contimg.toml --stage-inputs --no-cleanup-temp
  same "$(value_of convert.stage_inputs)" true
  same "$(value_of convert.cleanup_temp)" false
}

@test "check-config: CONTIMG_CONFIG names the file when --config does not" {
  make_root
  CONTIMG_CONFIG=contimg.toml check 0 check-config --json
  same "$(value_of paths.root)" "$PWD/root"
}

@test "check-config: an unknown key is named with file, line and the nearest known one" {
  make_root
  printf '[queue]\nmax_retrys = 4\n' >>contimg.toml
  check 2 check-config --config contimg.toml
  holds "$stderr" "contimg.toml:8: unknown key queue.max_retrys, did you mean queue.max_retries?"
  same "$output" ""
}

@test "check-config: text that is not TOML is named with file and line" {
  printf '[paths]\nroot = /data\n' >contimg.toml
  check 2 check-config --config contimg.toml
  holds "$stderr" "contimg.toml:2: "
}

@test "check-config: a file that is not there is exit code 2" {
  check 2 check-config --config absent.toml
  holds "$stderr" "absent.toml: cannot be read"
}

@test "check-config: a variable that looks like a setting and is none brings a warning" {
  make_root
  CONTIMG_QUEUEDB=x check 0 check-config --config contimg.toml
  holds "$stderr" "WARNING: environment CONTIMG_QUEUEDB: no such setting, did you mean CONTIMG_QUEUE_DB?"
}

@test "check-config: a bad value names the option or variable it came from" {
  check 2 check-config --max-retries many
  holds "$stderr" 'option --max-retries: queue.max_retries is "many", expected a whole number'
  CONTIMG_PARTIAL=sometimes check 2 check-config
  holds "$stderr" 'environment CONTIMG_PARTIAL: group.partial is "sometimes", expected wait, convert, fail'
}

@test "check-config: missing folders are wrong, and the remedy is said" {
  make_root
  rmdir root/ms
  check 2 check-config --config contimg.toml
  holds "$output" "wrong    paths.output_dir: $PWD/root/ms does not exist; mkdir -p '$PWD/root/ms'"
}

@test "check-config: paths that are not set are wrong" {
  check 2 check-config
  holds "$output" "wrong    paths.queue_db: not set"
}

@test "check-config: a folder that is a file, and one that cannot be written to, are wrong" {
  make_root
  rmdir root/ms && touch root/ms
  check 2 check-config --config contimg.toml
  holds "$output" "root/ms is not a folder"
  check 2 check-config --config contimg.toml --output-dir /proc
  holds "$output" "/proc"
}

@test "check-config: less room than the floor is wrong" {
  make_root
  check 2 check-config --config contimg.toml --disk-floor-gb 1000000
  holds "$output" "disk.floor_gb is 1000000.0 GB"
}

@test "check-config: a queue that is no database is wrong" {
  make_root
  sqlite3 root/state/db/pipeline.sqlite3 'CREATE TABLE other (x)'
  check 2 check-config --config contimg.toml
  holds "$output" "wrong    paths.queue_db: $PWD/root/state/db/pipeline.sqlite3"
  head -c 8192 /dev/urandom >root/state/db/pipeline.sqlite3
  check 2 check-config --config contimg.toml
  holds "$output" "wrong    paths.queue_db: $PWD/root/state/db/pipeline.sqlite3"
}

@test "check-config: the age of the Earth-orientation table is shown, and its end warned of" {
  make_root
  check 0 check-config --config contimg.toml
  holds "$output" "paths.earth_orientation: "
  holds "$output" "measured values end"
  printf '%s\n' '57000 0.1 0.3 0.1 I' '57010 0.1 0.3 0.1 I' '57020 0.1 0.3 0.1 P' '57030 0.1 0.3 0.1 P' >old.txt
  check 0 check-config --config contimg.toml --earth-orientation old.txt
  holds "$output" "warning  paths.earth_orientation: "
  holds "$output" "days ago; import a newer finals2000A with import-earth-orientation"
  echo nonsense >old.txt
  check 2 check-config --config contimg.toml --earth-orientation old.txt
  holds "$output" "wrong    paths.earth_orientation: old.txt"
}

@test "check-config: a program that a stage needs is named when it is not found" {
  make_root
  mkdir bin
  local config
  config=$(command -v check-config)
  check 2 env PATH="$PWD/bin" "$config" --config contimg.toml --stages convert,image
  holds "$output" "wrong    wsclean: not found; needed by stage image; apt install wsclean"
  check 0 env PATH="$PWD/bin" "$config" --config contimg.toml --stages convert
}

@test "check-config: scratch that is no tmpfs is a warning, not a fault" {
  make_root
  check 0 check-config --config contimg.toml --tmpfs-dir /proc
  holds "$output" "warning  paths.tmpfs_dir: /proc is not a tmpfs"
}

@test "check-config: the sample configuration is itself valid" {
  mkdir -p incoming ms state/{db,logs,checkpoints}
  check 0 check-config --config "$repository/docs/operations/contimg.toml" --root . \
    --disk-floor-gb 0.001 --stages convert
}

@test "check-config: a full disk behind stdout, or a reader that left, asks to be tried again" {
  make_root
  check 75 bash -c 'check-config --config contimg.toml >/dev/full'
  holds "$stderr" "stdout: cannot write"
  check 75 bash -c 'set -o pipefail; exec 3>&2; (sleep 0.3; check-config --config contimg.toml) | exec true'
}

@test "check-config: log lines have date, tool and level, and --log-file keeps them" {
  make_root
  CONTIMG_ODD=1 check 0 check-config --config contimg.toml --log-file log
  [[ $stderr =~ ^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z\ check-config\ WARNING:\ environment\ CONTIMG_ODD ]]
  same "$(cat log)" "$stderr"
  CONTIMG_ODD=1 check 0 check-config --config contimg.toml --log-level ERROR
  same "$stderr" ""
}

@test "check-config: --shell prints what a shell can take, options exported, and checks nothing" {
  make_root
  CONTIMG_MAX_RETRIES=5 check 0 check-config --shell --config contimg.toml --input-dir "it's \$HOME" \
    --stage-inputs --backoff=7
  same "$stderr" ""
  eval "$output"
  same "$CONTIMG_ROOT $CONTIMG_QUEUE_DB" "$PWD/root $PWD/root/state/db/pipeline.sqlite3"
  same "$CONTIMG_MAX_RETRIES $CONTIMG_STAGES $CONTIMG_CHUNK_DURATION" "5 convert 5"
  same "$(env | grep ^CONTIMG_ | grep -v -e BUILD -e TEST_DATA | sort)" "CONTIMG_BACKOFF=7
CONTIMG_INPUT_DIR=it's \$HOME
CONTIMG_STAGE_INPUTS=true"
  rm -r root
  check 0 check-config --shell --config contimg.toml
  check 2 check-config --shell --backoff soon
}
