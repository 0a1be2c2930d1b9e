#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# run_conversion.sh: convert the groups of a stretch of time, once, with a queue of their own.
#
# Reads   subband files
# Writes  Measurement Sets; stdout: a JSON line for each stage of a group
#
# Manual: docs/tools/run_conversion.sh.md
set -uo pipefail
name=run_conversion.sh
self=${BASH_SOURCE[0]}
[[ ! -L $self ]] || self=$(readlink -f "$self")
[[ $self == */* ]] || self=./$self
PATH="${self%/*}:$PATH"
# shellcheck source=scripts/run-tools.bash
if [[ -r ${self%/*}/run-tools.bash ]]; then
  . "${self%/*}/run-tools.bash"
else
  . "${self%/*}/../libexec/contimg/run-tools.bash" || exit 2
fi

read -rd '' usage <<TEXT
Convert the groups of a stretch of time, once, with a queue of their own.
Usage: $name DIR OUT START END [OPTIONS]

Positionals:
  DIR                             Folder of subband files.
  OUT                             Folder for Measurement Sets.
  START                           Take groups from this time on, UTC.
  END                             Take groups up to this time, itself included.

Options:
  -h, --help                      Print this help and exit.
  --version                       Print the version and exit.
  -v, --verbose                   Log what is being done, and why.
  -q, --quiet                     Log warnings and errors only.
  --config FILE                   Configuration file; CONTIMG_CONFIG names one too.
  --queue-db FILE                 Keep the queue here; otherwise it is a temporary one.
  --stages LIST [convert]         What is done with each group.

Every setting is an option too: 'check-config --help' lists them.
Manual: man $name
TEXT

# stamp WORD : a time as groups are named.
stamp() {
  if ! [[ $1 =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:]+)?$ ]] ||
    ! date -u -d "${1/T/ }" +%FT%T 2>/dev/null; then
    refuse "'$1' is no time, expected one like 2026-01-25T22:26:05, UTC"
  fi
}

parse() {
  local words=()
  while (($#)); do
    case $1 in
      --queue-db) queue_db=${2:-} && shift ;;
      --queue-db=*) queue_db=${1#*=} ;;
      *)
        if take_common "$1"; then
          :
        elif [[ $1 == -* || ${#words[@]} -eq 4 ]]; then
          settings+=("$1")
        else
          words+=("$1")
        fi
        ;;
    esac
    shift
  done
  ((${#words[@]} == 4)) || refuse "expected DIR OUT START END before the options"
  [[ -d ${words[0]} ]] || refuse "${words[0]}: no such folder, expected one with subband files"
  input_dir=$(cd "${words[0]}" && pwd) output_dir=${words[1]}
  start=$(stamp "${words[2]}") || exit
  end=$(stamp "${words[3]}") || exit
  [[ ! $start > $end ]] || refuse "$start is after $end, expected START before END"
}

# unless_given OPTION VALUE : a default of this script's own.
unless_given() {
  [[ " ${settings[*]} " == *" $1"[\ =]* ]] || settings+=("$1" "$2")
}

# The files that may belong to the groups: a group is named after its first file. They are looked at
# by links, for a look at a year of files lasts long.
link_files() {
  local from until file file_stamp
  from=$(TZ=UTC date -u -d "${start/T/ } UTC 10 minutes ago" +%FT%T)
  until=$(TZ=UTC date -u -d "${end/T/ } UTC 10 minutes" +%FT%T)
  mkdir -p "$work/incoming" || exit 75
  for file in "$input_dir"/*_sb??.hdf5; do
    file_stamp=${file##*/}
    file_stamp=${file_stamp%_sb??.hdf5}
    [[ ! $file_stamp < $from && ! $file_stamp > $until ]] || continue
    [[ -e $work/incoming/${file##*/} ]] || ln -s "$file" "$work/incoming/" || exit 75
  done
}

# Files of the stretch that are of no use; scan-incoming has said which and why.
count_damaged() {
  local file_stamp n=0
  while read -r file_stamp; do
    [[ $file_stamp < $start || $file_stamp > $end ]] || n=$((n + 1))
  done < <(sed -nE 's/^.*"path":"[^"]*\/([0-9T:-]+)_sb[0-9]+\.hdf5".*"state":"(invalid|unreadable)".*/\1/p' \
    "$work/files.json")
  echo "$n"
}

# groups STATE... : those of the stretch in these states.
groups() {
  local state list group
  for state in "$@"; do
    list=$(manage-queue "${quietly[@]}" list --state "$state" --json) || exit
    while read -r group; do
      [[ -z $group || $group < $start || $group > $end ]] || echo "$group"
    done < <(sed -n 's/^{"group_id":"\([^"]*\)".*/\1/p' <<<"$list")
  done
}

# shellcheck disable=SC2317  # reached by trap
stop_all() {
  stop
  local pid
  for pid in "${!group_of[@]}"; do kill -TERM "$pid" 2>/dev/null; done
}

# ended PID CODE : what a group printed is handed on.
ended() {
  cat "$work/${group_of[$1]}.json"
  rm -f "$work/${group_of[$1]}.json"
  unset "group_of[$1]"
  (($2 == 0)) || faults=$((faults + 1))
}

# Waits until a group ended. wait -n does not tell of one that ended just when a signal came.
await() {
  local pid='' code
  wait -n -p pid "${!group_of[@]}"
  code=$?
  [[ -z ${group_of[${pid:-none}]:-} ]] || ended "$pid" "$code"
  for pid in "${!group_of[@]}"; do
    kill -0 "$pid" 2>/dev/null && continue
    wait "$pid"
    ended "$pid" $?
  done
}

convert_all() {
  local group
  for group in "$@"; do
    while ((${#group_of[@]} >= CONTIMG_MAX_PARALLEL)); do await; done
    [[ -z $stopping ]] || break
    begin "$work/$group.json" process-group "${common[@]}" "$group"
    group_of[$child]=$group
    [[ -z $stopping ]] || kill -TERM "$child" 2>/dev/null
    child=''
  done
  while ((${#group_of[@]})); do await; done
}

queue_db='' quietly=(--quiet) faults=0 ids=() incomplete=()
declare -A group_of=()
parse "$@"
unless_given --stages convert
unless_given --settle-time-s 0
unless_given --collecting-timeout 1
if [[ -n $queue_db ]]; then
  [[ $queue_db == /* ]] || queue_db=$PWD/$queue_db
  work=$queue_db.batch
else
  work=$(mktemp -d) || exit 75
  queue_db=$work/queue.sqlite3
fi
link_files
settings+=(--input-dir "$work/incoming" --output-dir "$output_dir" --queue-db "$queue_db")
take_settings
trap stop_all TERM INT HUP
attend "$work/files.json" scan-incoming "${quietly[@]}" --json || exit
damaged=$(count_damaged)
attend /dev/null form-groups "${quietly[@]}" || exit
# What is not there by now does not come: --partial says what becomes of such a group.
list=$(groups collecting) || exit
if [[ -n $list ]]; then
  attend /dev/null sleep 2
  attend /dev/null form-groups "${quietly[@]}" || exit
fi
list=$(groups pending in_progress failed completed) || exit
[[ -z $list ]] || mapfile -t ids <<<"$list"
list=$(groups collecting) || exit
[[ -z $list ]] || mapfile -t incomplete <<<"$list"
log INFO "$start to $end: ${#ids[@]} groups"
for group in "${incomplete[@]}"; do
  log WARNING "$group: subbands are missing; left out, expected all, or --partial convert --min-subbands N"
done
convert_all "${ids[@]}"
[[ -z $stopping ]] || { log WARNING "asked to end; --queue-db $queue_db goes on" && exit 75; }
if ((faults)); then
  log ERROR "$faults of ${#ids[@]} groups failed; manage-queue --queue-db $queue_db list --state failed"
  exit 1
fi
((damaged == 0)) || log ERROR "$damaged files are damaged"
((damaged + ${#incomplete[@]} == 0)) || exit 1
[[ $queue_db != "$work"/* ]] || rm -rf "$work"
