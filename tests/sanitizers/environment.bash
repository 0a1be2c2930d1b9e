# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2034
# Sourced by the scripts beside it: how each sanitizer is built and run. 97 is none of the tools' exit codes.

sanitizers=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# take_sanitizer KIND [REPORTS] : the compiler's word for it in $sanitize, and its settings; its reports go to
# stderr, or to files of that folder. Uninstrumented libraries (casacore, HDF5, SQLite) call back into what is.
take_sanitizer() {
  local to=''
  [[ -z ${2:-} ]] || to=:log_path=$2/report
  case $1 in
    address)
      sanitize=address,undefined
      export ASAN_OPTIONS=exitcode=97:detect_leaks=1:detect_stack_use_after_return=1$to
      export LSAN_OPTIONS=suppressions=$sanitizers/leak.supp:print_suppressions=0
      export UBSAN_OPTIONS=halt_on_error=1:exitcode=97:print_stacktrace=1:suppressions=$sanitizers/undefined.supp$to
      ;;
    thread)
      sanitize=thread
      export TSAN_OPTIONS=exitcode=97:halt_on_error=0:second_deadlock_stack=1:history_size=4:suppressions=$sanitizers/thread.supp$to
      ;;
    *)
      echo "$1: unknown, expected address or thread" >&2
      exit 2
      ;;
  esac
}

# build_sanitized FOLDER TARGET... : with clang, as g++ takes three times as long for undefined behaviour; warnings are
# for the usual build.
build_sanitized() {
  local folder=$1
  shift
  cmake -S "$sanitizers/../.." -B "$folder" -G Ninja -DCMAKE_BUILD_TYPE=None -DCONTIMG_PCH=OFF \
    -DCMAKE_CXX_COMPILER=clang++-14 -DCMAKE_C_COMPILER=clang-14 -DCMAKE_CXX_FLAGS="-O1 -g1" \
    -DCONTIMG_WERROR=OFF -DCONTIMG_SANITIZE="$sanitize" >/dev/null &&
    cmake --build "$folder" -j "${JOBS:-$(nproc)}" --target "$@"
}

# every_tool : the tools that tools/CMakeLists.txt lists and that have a source.
every_tool() {
  local tool tools=$sanitizers/../../tools
  while read -r tool; do
    [[ ! -e $tools/${tool//-/_}.cc ]] || echo "$tool"
  done < <(sed -nE 's/^contimg_tool\(([a-z-]+).*/\1/p' "$tools/CMakeLists.txt")
}
