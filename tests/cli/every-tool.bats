# SPDX-License-Identifier: GPL-3.0-or-later
# What holds for every executable alike: --help, --version, bad options, bad files.
load helpers

# The tools that tools/CMakeLists.txt lists and that have a source, so that a new one gets these tests by
# being there.
every_tool() {
  local tool
  while read -r tool; do
    [[ ! -e $repository/tools/${tool//-/_}.cc ]] || echo "$tool"
  done < <(sed -nE 's/^contimg_tool\(([a-z-]+).*/\1/p' "$repository/tools/CMakeLists.txt")
}

# with_work TOOL : the tool, and the word without which it cannot begin.
with_work() {
  case $1 in
    manage-queue) echo "manage-queue status" ;;
    manage-parcels) echo "manage-parcels renew absent" ;;
    manage-caltables) echo "manage-caltables list" ;;
    import-earth-orientation) echo "import-earth-orientation finals.txt" ;;
    import-catalogue) echo "import-catalogue list.csv" ;;
    *) echo "$1" ;;
  esac
}

@test "every tool: there are some" {
  [[ $(every_tool | wc -l) -ge 1 ]]
}

@test "every tool: --help goes to stdout and names the tool" {
  for tool in $(every_tool); do
    check 0 "$tool" --help
    holds "$output" "Usage: $tool"
    same "$stderr" ""
  done
}

@test "every tool: --version prints one line, name and version" {
  for tool in $(every_tool); do
    check 0 "$tool" --version
    says_version "$tool"
  done
}

@test "every tool: an unknown option is exit code 2, with a hint on stderr and a clean stdout" {
  for tool in $(every_tool); do
    check 2 "$tool" --no-such-option
    holds "$stderr" "Try '$tool --help'"
    same "$output" ""
  done
}

@test "every tool: a configuration file that cannot be understood is exit code 2, with its line" {
  printf '[queue]\nmax_retries = "three"\n' >contimg.toml
  for tool in $(every_tool); do
    read -ra command <<<"$(with_work "$tool")"
    CONTIMG_CONFIG=contimg.toml check 2 "${command[@]}"
    holds "$stderr" "contimg.toml:2: queue.max_retries: expected a whole number"
    same "$output" ""
  done
}

@test "every tool: a log file that cannot be written is exit code 2" {
  touch plain
  for tool in $(every_tool); do
    read -ra command <<<"$(with_work "$tool")"
    check 2 env CONTIMG_LOG_FILE="$PWD/plain/log" "${command[@]}"
    holds "$stderr" "$PWD/plain/log: cannot append to the log"
  done
}
