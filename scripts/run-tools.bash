# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2154
# For scripts that run the tools: their options and settings, their log, signals. They source this
# file, set `name` and `usage`, and find it beside themselves or in ../libexec/contimg.

level='' child='' stopping='' interrupted='' common=() settings=()
inherited=()  # descriptors (a lock's) that no child may keep

# log LEVEL TEXT : as the tools log.
log() {
  local -A rank=([DEBUG]=0 [INFO]=1 [WARNING]=2 [ERROR]=3 [CRITICAL]=4)
  ((rank[$1] >= rank[${level:-INFO}])) || return 0
  local line
  TZ=UTC printf -v line '%(%Y-%m-%dT%H:%M:%SZ)T %s %s: %s' -1 "$name" "$1" "$2"
  printf '%s\n' "$line" >&2
  [[ -z ${CONTIMG_LOG_FILE:-} ]] || printf '%s\n' "$line" >>"$CONTIMG_LOG_FILE"
}

# tell_time : seconds since the machine began into `now_s`. SECONDS jumps with the machine's clock.
tell_time() {
  read -r now_s _ </proc/uptime
  now_s=${now_s%.*}
}

# refuse TEXT : wrong usage.
refuse() {
  printf '%s\n' "$name: $1" "Try '$name --help'." >&2
  exit 2
}

# take_common WORD : true when it is an option that every tool has, and takes it; --help and
# --version answer and end. `common` is then for every tool.
take_common() {
  case $1 in
    -h | --help) printf '%s' "$usage" && exit 0 ;;
    --version)
      local version
      version=$(check-config --version) || exit
      echo "$name ${version##* }" && exit 0
      ;;
    -v | --verbose) common+=(--verbose) level=DEBUG ;;
    -q | --quiet) common+=(--quiet) level=WARNING ;;
    *) return 1 ;;
  esac
}

# The options in `settings` become variables of the environment, so that every tool takes what
# concerns it; those that are not given become variables of the script: CONTIMG_QUEUE_DB, ...
take_settings() {
  local assignments code i
  assignments=$(check-config --shell "${settings[@]}") || {
    code=$?
    echo "Try '$name --help'." >&2
    exit "$code"
  }
  eval "$assignments"
  for ((i = 0; i < ${#settings[@]}; i++)); do
    case ${settings[i]} in
      --config) export CONTIMG_CONFIG=${settings[i + 1]} ;;
      --config=*) export CONTIMG_CONFIG=${settings[i]#*=} ;;
    esac
  done
  level=${level:-$CONTIMG_LOG_LEVEL}
  [[ -n $CONTIMG_QUEUE_DB ]] || refuse "no queue named, expected --queue-db, or --root"
}

# Asked to end: what runs is told so, and gives its claim back, which may take some seconds.
stop() {
  stopping=yes interrupted=yes
  [[ -z $child ]] || kill -TERM "$child" 2>/dev/null
}

# attend OUTPUT COMMAND... : runs it so that a signal reaches it at once; its exit code.
attend() {
  local output=$1 code
  shift
  begin "$output" "$@"
  interrupted=''
  # The signal may have come before there was a child to pass it on to.
  [[ -z $stopping ]] || kill -TERM "$child" 2>/dev/null
  wait "$child"
  code=$?
  while [[ -n $interrupted ]]; do
    interrupted=''
    wait "$child"
    code=$?
  done
  child=''
  return "$code"
}

# begin OUTPUT COMMAND... : runs it in the background, its number in `child`.
begin() {
  local output=$1 descriptor
  shift
  {
    for descriptor in "${inherited[@]}"; do exec {descriptor}>&-; done
    exec "$@"
  } >"$output" </dev/null &
  child=$!
}
