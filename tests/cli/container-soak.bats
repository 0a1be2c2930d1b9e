#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The image for real: built from a tree of debootstrap by buildah, its services begun by podman-compose, a
# calibrator's and a science group taken through to flux densities in them. Takes what a build of everything takes;
# IMAGE_TO_TEST names an image that is there already. Nothing is fetched but Debian's packages, from the machine's
# own mirror.
load helpers

given_image=${IMAGE_TO_TEST:-}
made_image=localhost/contimg-under-test

# a_machine_for PROGRAM... : skips where this cannot be done.
a_machine_for() {
  local program
  ((EUID == 0)) || skip "not root: a tree of debootstrap and its users need it"
  for program in "$@"; do
    command -v "$program" >/dev/null || skip "$program is absent: apt-get install buildah podman podman-compose runc debootstrap"
  done
}
# Where its isolation is refused for want of rights, buildah's chroot does; and some kernels' groups of
# processes only runc knows.
own_settings() {
  cat >containers.conf <<'TOML'
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
TOML
  export CONTAINERS_CONF=$PWD/containers.conf
}
mirror() {
  cat /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list 2>/dev/null |
    sed -nE 's/^URIs: *([^ ]*debian[^ ]*).*/\1/p; s/^deb (\[[^]]*\] )?([^ ]*debian[^ ]*) bookworm .*/\2/p' | head -n 1
}
teardown() {
  [[ ! -e tree/cron/container/.env ]] || tree/cron/container/compose down >/dev/null 2>&1 || true
  podman network rm container_default >/dev/null 2>&1 || true
  [[ -z ${working:-} ]] || buildah rm "$working" >/dev/null 2>&1 || true
}


@test "container: the image is built from a bare Debian, and its programs run" {
  if [[ -n $given_image ]]; then
    a_machine_for buildah podman runc
    own_settings
    podman tag "$given_image" $made_image
  else
    a_machine_for buildah podman runc debootstrap ccache
    own_settings
    # Not below $TMPDIR: it may be mounted so that no program may run from it.
    check 0 debootstrap --variant=minbase bookworm "$PWD/base" "$(mirror)"
    working=$(buildah from scratch)
    buildah add --quiet "$working" "$PWD/base" / >/dev/null
    buildah commit --quiet "$working" localhost/contimg-base-under-test >/dev/null
    mkdir source
    git -C "$repository" archive HEAD | tar x -C source
    check 0 buildah bud --isolation chroot --layers --build-arg BASE=localhost/contimg-base-under-test \
      --build-arg JOBS="$(nproc)" --format docker --volume "$(ccache -k cache_dir):/root/.cache/ccache" \
      --ignorefile source/cron/container/Dockerfile.dockerignore -t $made_image \
      -f source/cron/container/Dockerfile source
  fi
  # Every tool that is built here says its version there, as a user who owns nothing.
  for program in "$CONTIMG_BUILD"/*; do
    [[ -f $program && -x $program && -e $repository/tools/$(basename "${program//-/_}").cc ]] || continue
    echo "$(basename "$program") --version"
  done >programs
  same "$(podman run --rm --network none --read-only --user 4321:4321 -v "$PWD/programs:/programs:ro" $made_image \
    bash /programs 2>&1 | grep -cE '^[a-z-]+ [0-9]+\.[0-9]+\.[0-9]+')" "$(wc -l <programs)"
  # Compilers have stayed outside.
  same "$(podman run --rm --network none --no-healthcheck $made_image bash -c 'command -v g++ cmake ninja')" ""
}

@test "container: make compose-up takes groups through to flux densities; compose-down finishes the group in work" {
  a_machine_for podman podman-compose runc
  own_settings
  podman image exists $made_image || skip "no image was built"
  mkdir -p tree/cron root in out
  cp "$repository/Makefile" tree/
  cp -r "$repository/cron/container" tree/cron/
  chmod 755 "$BATS_TEST_TMPDIR" root in out
  podman tag $made_image localhost/contimg:under-test
  sed "s|^CONTIMG_ROOT=.*|CONTIMG_ROOT=$PWD/root|; s|^CONTIMG_INPUT_DIR=.*|CONTIMG_INPUT_DIR=$PWD/in|
       s|^CONTIMG_OUTPUT_DIR=.*|CONTIMG_OUTPUT_DIR=$PWD/out|; s|^REPO_ROOT=.*|REPO_ROOT=$PWD/tree|
       s|^UID=.*|UID=4321|; s|^GID=.*|GID=4321|; s|^#IMAGE_TAG=.*|IMAGE_TAG=under-test|; s|^#STREAM_MEMORY=.*|STREAM_MEMORY=4g|
       s|^#STREAM_SHM=.*|STREAM_SHM=1g|; s|^CONTIMG_CONFIG=.*|CONTIMG_CONFIG=$PWD/root/contimg.toml|
       s|^STREAM_OPTIONS=.*|STREAM_OPTIONS=--enable-calibration-solving --enable-photometry --poll-interval 1|
       s|^CONTIMG_API_PORT=.*|CONTIMG_API_PORT=18123|; s|^CONTIMG_SERVE_ALSO=.*|CONTIMG_SERVE_ALSO=18124|
       s|^CONTIMG_HEALTH_PORT=.*|CONTIMG_HEALTH_PORT=19123|" \
    tree/cron/container/.env.example >tree/cron/container/.env
  export COMPOSE="podman-compose --podman-path $PWD/tree/cron/container/podman-one-network"
  queue=$PWD/root/state/db/pipeline.sqlite3
  observe calibrator --calibrator 3C286 --start 2026-01-26T13:00:56
  dec=$(jq '.pointing_dec_rad * 57.29577951308232' calibrator/*.truth.json)
  sky_around() { python "$repository/tests/witness/sky_around.py" "$@"; }
  sky_around 2026-01-26T13:30:56 "$dec" 0.1,0.2,3 -0.4,0.3,2 0.5,-0.3,1 >one.csv
  sky_around 2026-01-26T14:00:56 "$dec" 0.2,0.2,3 -0.3,0.3,2 0.4,-0.3,1 | sed 's/^s\([0-9]\)/t\1/' >two.csv
  { cat one.csv && tail -n +2 two.csv; } >sky.csv
  check 0 import-catalogue --quiet --frequency-hz 1.4e9 sky.csv --output root/sky.sqlite3
  observe science --start 2026-01-26T13:30:56 --dec "$dec" --sky one.csv
  cat >root/contimg.toml <<'TOML'
[paths]
catalogue = "sky.sqlite3"
[group]
settle_time_s = 0
[pipeline]
max_parallel = 1
[disk]
floor_gb = 0.05
[image]
size = 640
scale = "15arcsec"
TOML
  chown -R 4321:4321 root in out
  check 0 make --no-print-directory -C tree compose-up
  cp calibrator/*.hdf5 science/*.hdf5 in/
  until_sql 180 "SELECT count(*) FROM job WHERE state = 'done'" 12
  same "$(sql "SELECT state, count(*) FROM ingest_queue GROUP BY state")" "completed|2"
  # What was made is on the host, at the paths that the queue names, and belongs to the user.
  while read -r path; do
    [[ -e $path && $(stat -c %u "$path") == 4321 ]] || { echo "$path: not there, or not of user 4321" >&2 && return 1; }
  done < <(sql "SELECT path FROM product")
  check 0 manage-queue --queue-db "$queue" --output-dir "$PWD/out" verify
  same "$(sql "SELECT verdict FROM images WHERE type = 'image_pbcor' AND group_id LIKE '2026-01-26T13:30%'")" PASS
  check 0 make --no-print-directory -C tree compose-logs SERVICE=stream
  holds "$output$stderr" "completed in"
  check 0 tree/cron/container/compose exec stream check-config --quiet
  podman ps | grep contimg-stream
  # The stream can write where it must, and nowhere else; it sees no network.
  check 1 podman exec contimg-stream touch "$PWD/in/x"
  holds "$stderr" "Read-only file system"
  check 1 podman exec contimg-stream touch /etc/x
  holds "$stderr" "Read-only file system"
  check 0 podman exec contimg-stream id -u
  same "$output" 4321
  same "$(podman exec contimg-stream cat /proc/net/route | wc -l)" 1
  check 0 podman exec contimg-stream /usr/local/libexec/contimg/alive
  # A group in work is finished before the container ends.
  observe more --start 2026-01-26T14:00:56 --dec "$dec" --sky two.csv
  cp more/*.hdf5 in/
  until_sql 60 "SELECT count(*) FROM job WHERE state = 'claimed' AND group_id LIKE '2026-01-26T14%'" 1
  check 0 make --no-print-directory -C tree compose-down
  same "$(sql "SELECT count(*) FROM job WHERE state = 'claimed'")" 0
  same "$(sql "SELECT count(*) FROM job WHERE state = 'done' AND group_id LIKE '2026-01-26T14%'")" 6
  same "$(sql "SELECT count(*) FROM job_attempt WHERE outcome <> 'done'")" 0
  run podman ps --all --filter name=contimg-stream --quiet
  same "$output" ""
}

@test "container: the service api answers on this machine, and is healthy" {
  a_machine_for podman podman-compose runc curl
  own_settings
  podman image exists $made_image || skip "no image was built"
  podman run --rm --network none $made_image bash -c 'command -v serve-status' >/dev/null || skip "serve-status is not in the image"
  mkdir -p tree/cron root/state/db in out
  cp -r "$repository/cron/container" tree/cron/
  podman tag $made_image localhost/contimg:under-test
  sed "s|^CONTIMG_ROOT=.*|CONTIMG_ROOT=$PWD/root|; s|^CONTIMG_INPUT_DIR=.*|CONTIMG_INPUT_DIR=$PWD/in|
       s|^CONTIMG_OUTPUT_DIR=.*|CONTIMG_OUTPUT_DIR=$PWD/out|; s|^REPO_ROOT=.*|REPO_ROOT=$PWD/tree|
       s|^UID=.*|UID=4321|; s|^GID=.*|GID=4321|; s|^#IMAGE_TAG=.*|IMAGE_TAG=under-test|
       s|^STREAM_OPTIONS=.*|STREAM_OPTIONS=--poll-interval 1|; s|^#STREAM_SHM=.*|STREAM_SHM=1g|; s|^#STREAM_MEMORY=.*|STREAM_MEMORY=4g|
       s|^CONTIMG_API_PORT=.*|CONTIMG_API_PORT=18123|; s|^CONTIMG_SERVE_ALSO=.*|CONTIMG_SERVE_ALSO=18124|
       s|^CONTIMG_HEALTH_PORT=.*|CONTIMG_HEALTH_PORT=19123|" \
    tree/cron/container/.env.example >tree/cron/container/.env
  export COMPOSE="podman-compose --podman-path $PWD/tree/cron/container/podman-one-network"
  chown -R 4321:4321 root in out
  check 0 tree/cron/container/compose up
  answered=''
  for _ in {1..100}; do
    curl -fsS http://localhost:18123/api/status >status 2>/dev/null && answered=yes && break
    sleep 0.2
  done
  [[ -n $answered ]] || { podman logs contimg-api >&2 && return 1; }
  jq . status >/dev/null
  check 0 curl -fsS http://localhost:19123/metrics
  check 0 podman exec contimg-api /usr/local/libexec/contimg/alive
  check 0 podman healthcheck run contimg-api
  check 0 podman inspect contimg-api --format '{{.Config.Healthcheck.Test}}'
  same "$output" "[CMD /usr/local/libexec/contimg/alive]"
  check 0 tree/cron/container/compose down
}
