#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The files of cron/container and the targets of make, without a container; container-soak.bats builds the image.
load helpers

folder() { echo "$repository/cron/container"; }

# a_copy : cron/container and what make needs of the tree, in a folder of the test's own.
a_copy() {
  mkdir -p tree/cron
  cp "$repository/Makefile" tree/
  cp -r "$repository/cron/container" tree/cron/
  rm -f tree/cron/container/.env
}
# an_env WORD... : a .env with folders of this test, and lines of one's own.
an_env() {
  sed "s|^CONTIMG_ROOT=.*|CONTIMG_ROOT=$PWD/root|; s|^CONTIMG_INPUT_DIR=.*|CONTIMG_INPUT_DIR=$PWD/in|
       s|^CONTIMG_OUTPUT_DIR=.*|CONTIMG_OUTPUT_DIR=$PWD/out|; s|^REPO_ROOT=.*|REPO_ROOT=$PWD/tree|
       s|^UID=.*|UID=$(id -u)|; s|^GID=.*|GID=$(id -g)|" tree/cron/container/.env.example >tree/cron/container/.env
  (($# == 0)) || printf '%s\n' "$@" >>tree/cron/container/.env
}
# recorders NAME... : programs that write down how they were called, and where, and do nothing.
recorders() {
  local program
  mkdir -p only
  for program in "$@"; do
    # shellcheck disable=SC2016  # expanded by the program
    printf '#!/bin/bash\necho "%s $*" >>"%s/calls"\n%s\n' "$program" "$PWD" 'exit "${RECORDED_CODE:-0}"' >"only/$program"
    chmod +x "only/$program"
  done
  for program in bash env make readlink sed tail mkdir id chown cat; do ln -sf "$(command -v $program)" only/; done
}
called() { grep -v ' info$\| version$' calls; }
make_in() { check "$1" env PATH="$PWD/only" make --no-print-directory -C tree "${@:2}"; }

# rendered ENV_FILE : compose.yml as JSON, its variables replaced as compose does it.
rendered() {
  python - "$repository/cron/container/compose.yml" "$1" <<'PYTHON'
import json, re, sys
import yaml
values = dict(line.rstrip("\n").split("=", 1) for line in open(sys.argv[2]) if re.match(r"[A-Z]\w*=", line))
def replaced(match):
    name, sign, word = match.group(1), match.group(2), match.group(3)
    # podman-compose knows no empty default, so what may be empty is a line in .env.
    assert name in values or (sign == ":-" and word), f"{name} has no default, expected it in .env.example"
    assert values.get(name) or sign != ":?", f"{name}: {word}"
    return values.get(name) or word or ""
text = re.sub(r"(?<!\$)\$\{(\w+)(?:(:-|:\?)([^}]*))?\}", replaced, open(sys.argv[1]).read())
print(json.dumps(yaml.safe_load(text)["services"]))
PYTHON
}
of() { jq -r "$1" <<<"$services"; }

@test "container: the image installs the lists of install-debian.sh, and nothing else" {
  dockerfile=$(cat "$(folder)/Dockerfile")
  same "$(grep -oE 'install-debian.sh --[a-z]+' <<<"$dockerfile")" "install-debian.sh --build
install-debian.sh --runtime"
  lacks "$dockerfile" "apt-get"
  holds "$dockerfile" 'ARG BASE=debian:bookworm-slim'
  same "$(grep -cF "FROM \${BASE}" <<<"$dockerfile")" 2
  # What both lists name is what make deps installs, but for tests and checks.
  check 0 "$repository/scripts/install-debian.sh" --list
  all=$output
  for list in --build --runtime; do
    while read -r package; do grep -qxF -- "$package" <<<"$all"; done \
      < <("$repository/scripts/install-debian.sh" --list $list)
  done
  check 2 "$repository/scripts/install-debian.sh" --every
}

@test "container: every library that a program needs is in the runtime list" {
  command -v dpkg-query >/dev/null || skip "this is no Debian"
  runtime=$("$repository/scripts/install-debian.sh" --list --runtime)
  n=0
  while read -r library; do
    path=$(ldconfig -p | awk -v name="$library" '$1 == name { print $NF; exit }')
    [[ -n $path ]] || { echo "$library is not to be found" >&2 && return 1; }
    path=$(readlink -f "$path")
    package=$(dpkg-query --search "$path" "${path#/usr}" "/usr$path" 2>/dev/null | head -n 1 | cut -d: -f1)
    case $package in libc6 | libgcc-s1 | libgomp1) continue ;; esac # of every Debian, or of g++'s own library
    grep -qxF -- "$package" <<<"$runtime" || { echo "$library: $package is not in the list" >&2 && return 1; }
    n=$((n + 1))
  done < <(for program in "$CONTIMG_BUILD"/*; do
    [[ -f $program && -x $program ]] || continue
    objdump -p "$program" | sed -nE 's/^ *NEEDED +//p'
  done | sort -u)
  ((n >= 10))
}

@test "container: what the image copies is there, and the rest is left out of the context" {
  ignored=$(cat "$(folder)/Dockerfile.dockerignore")
  while read -r words; do
    for word in $words; do
      [[ -e $repository/$word ]] || { echo "$word is not there" >&2 && return 1; }
      grep -qxF "!${word%%/*}" <<<"$ignored"
    done
  done < <(grep '^COPY [^-]' "$(folder)/Dockerfile" | sed 's/^COPY //; s/ [^ ]*$//')
  [[ $(sed -n '/^[^#]/p' <<<"$ignored" | head -n 1) == '*' ]]
}

@test "container: each variable of compose.yml is in .env.example and the other way round; names are settings" {
  used=$(grep -oE '\$\{[A-Z_]+' "$(folder)/compose.yml" | sed 's/^..//' | sort -u)
  offered=$(sed -nE 's/^#?([A-Z][A-Z_]*)=.*/\1/p' "$(folder)/.env.example" | sort -u)
  same "$(grep -vx COMPOSE_PROJECT_NAME <<<"$offered")" "$used"
  check 0 check-config --shell --root "$PWD"
  known=$(sed -nE 's/^(export )?(CONTIMG_[A-Z_]+)=.*/\2/p' <<<"$output")
  while read -r name; do
    grep -qxF "$name" <<<"$known" || { echo "$name is no setting" >&2 && return 1; }
  done < <(grep ^CONTIMG_ <<<"$used" | grep -vx -e CONTIMG_API_PORT -e CONTIMG_CONFIG)
  for name in REPO_ROOT CONTIMG_INPUT_DIR CONTIMG_OUTPUT_DIR CONTIMG_API_PORT UID GID; do
    grep -qxF "$name" <<<"$used"
  done
}

@test "container: variables of .env reach the services; the tools know what they are told" {
  a_copy
  an_env CONTIMG_API_PORT=8123 UID=1234 GID=2345 STREAM_OPTIONS=--enable-photometry STREAM_MEMORY=7g \
    CONTIMG_MAX_PARALLEL=3 BASE_IMAGE=my/debian
  services=$(rendered tree/cron/container/.env)
  same "$(of 'keys | join(" ")')" "api stream"
  same "$(of .api.environment.CONTIMG_SERVE_PORT)" 8123
  same "$(of '[.[].user] | unique[]')" 1234:2345
  same "$(of .stream.command)" "dsa110-stream --enable-photometry"
  same "$(of .stream.mem_limit)" 7g
  same "$(of .stream.build.args.BASE)" my/debian
  same "$(of .stream.environment.CONTIMG_INPUT_DIR)" "$PWD/in"
  holds "$(of '.stream.volumes[]')" "$PWD/in:$PWD/in:ro"
  mkdir -p in out root/state/{db,logs,checkpoints}
  export CONTIMG_DISK_FLOOR_GB=0.01
  mapfile -t variables < <(of '.stream.environment, .api.environment | to_entries[] | "\(.key)=\(.value)"')
  check 0 env "${variables[@]}" check-config --shell
  lacks "$stderr" "no such setting"
  check 0 env "${variables[@]}" check-config --json
  same "$(jq -r '.settings[] | select(.key == "serve.port" or .key == "pipeline.max_parallel") | .value' <<<"$output" | sort)" "3
8123"
}

@test "container: the services cannot do more than they must, and may finish their groups" {
  a_copy
  an_env
  services=$(rendered tree/cron/container/.env)
  same "$(of '[.[] | .read_only, .cap_drop[0], .security_opt[0], .stop_signal, .restart] | unique | join(" ")')" \
    "$(printf '%s' 'true ALL SIGTERM no-new-privileges unless-stopped')"
  same "$(of '[.stream.network_mode, .api.network_mode, .stream.container_name, .api.container_name] | join(" ")')" \
    "none host contimg-stream contimg-api"
  same "$(of '[.stream.stop_grace_period, .api.stop_grace_period] | join(" ")')" "45m 30s"
  same "$(of '[.[] | has("mem_limit")] | unique | join(" ")')" true
  same "$(of .api.environment.CONTIMG_SERVE_ADDRESS)" 127.0.0.1
  holds "$(cat "$(folder)/Dockerfile")" "USER \${UID}:\${GID}"
}

@test "container: docker-compose takes the file" {
  command -v docker-compose >/dev/null || skip "docker-compose is absent"
  a_copy
  an_env
  cd tree/cron/container
  check 0 docker-compose -f compose.yml config
  holds "$output" "container_name: contimg-stream"
}

@test "container: make compose-... calls docker compose, docker-compose or podman-compose" {
  a_copy
  an_env
  recorders docker docker-compose podman podman-compose
  for target in compose-build compose-up compose-down "compose-logs SERVICE=stream" compose-logs; do
    # shellcheck disable=SC2086  # two words
    make_in 0 $target
  done
  same "$(called)" "docker compose -f compose.yml build
docker compose -f compose.yml up -d
docker compose -f compose.yml down -t 2700
docker compose -f compose.yml logs --tail 100 stream
docker compose -f compose.yml logs --tail 100"
  [[ -d root && -d in && -d out ]]
  # Without an answer of its daemon docker is passed over.
  printf '#!/bin/bash\nexit 1\n' >only/docker
  rm calls
  make_in 0 compose-up
  same "$(called)" "podman-compose --podman-path $PWD/tree/cron/container/podman-one-network -f compose.yml up -d"
  rm only/docker calls
  DOCKER_HOST=unix:///nowhere make_in 0 compose-down
  same "$(called)" "docker-compose -f compose.yml down -t 2700"
  rm calls
  COMPOSE="podman-compose --podman-path x" make_in 0 compose-build
  same "$(called)" "podman-compose --podman-path x -f compose.yml build"
  rm calls
  run env RECORDED_CODE=7 PATH="$PWD/only" COMPOSE=podman-compose tree/cron/container/compose up
  same "$status" 7
}

@test "container: without .env, without absolute paths or without any compose it says what to do" {
  a_copy
  recorders docker
  make_in 2 compose-up
  holds "$stderr" "cp $PWD/tree/cron/container/.env.example $PWD/tree/cron/container/.env"
  an_env CONTIMG_INPUT_DIR=incoming
  make_in 2 compose-up
  holds "$stderr" "CONTIMG_INPUT_DIR is 'incoming', expected an absolute path"
  an_env
  rm only/docker
  make_in 2 compose-up
  holds "$stderr" "expected one, with its daemon"
}

@test "container: alive tells a stream whose ticks begin, and an api that answers, from others" {
  export CONTIMG_ROOT=$PWD
  mkdir -p state/db/pipeline.sqlite3.locks
  check 1 "$(folder)/alive"
  touch state/db/pipeline.sqlite3.locks/tick
  check 0 "$(folder)/alive"
  touch -d '2 hours ago' state/db/pipeline.sqlite3.locks/tick
  check 1 "$(folder)/alive"
  CONTIMG_QUEUE_DB=$PWD/other check 1 "$(folder)/alive"
  for code in 200 503; do
    python -c 'import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(sys.argv[1]) if self.path == "/health" else 404)
        self.end_headers()
server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
open("port", "w").write(str(server.server_port))
server.handle_request()' $code 2>/dev/null 3>&- &
    for _ in {1..200}; do [[ -s port ]] && break; sleep 0.05; done
    port=$(cat port)
    rm port
    CONTIMG_SERVE_PORT=$port check $((code == 200 ? 0 : 1)) "$(folder)/alive"
    wait
  done
  CONTIMG_SERVE_PORT=$port check 1 "$(folder)/alive"
}

@test "container: podman-compose's own network gives way to the service's" {
  recorders podman
  check 0 env PATH="$PWD/only" "$(folder)/podman-one-network" run --name=x --network none -e A=b --net x_default \
    --network-alias stream image
  same "$(called)" "podman run --name=x --network none -e A=b image"
  rm calls
  check 0 env PATH="$PWD/only" "$(folder)/podman-one-network" run --net x_default --network-alias api image
  same "$(called)" "podman run --net x_default --network-alias api image"
}
