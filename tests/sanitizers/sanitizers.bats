#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# What the sanitizers and valgrind are run with finds faults: with these settings and suppressions, in small
# programs of this test's own.
load ../cli/helpers

# program NAME : compiled from stdin as $sanitize says, by the compiler that environment.bash takes for it.
program() {
  local compiler=${sanitize:+clang++-14}
  ${compiler:-g++} -std=c++17 -g -O1 ${sanitize:+-fsanitize=$sanitize} -fno-omit-frame-pointer -pthread -x c++ - -o "$1"
}
# shellcheck source=tests/sanitizers/environment.bash
with_settings_of() { . "$repository/tests/sanitizers/environment.bash" && take_sanitizer "$@"; }

faults() {
  program faults <<'CODE'
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>
int main(int n, char**) {
  const std::string fault = std::getenv("FAULT");
  std::vector<int> values(static_cast<std::size_t>(n));
  if (fault == "overflow") values.data()[n + 1] = 1;
  if (fault == "leak") {
    void* volatile lost = std::malloc(100);
    lost = nullptr;
    return lost == nullptr ? 0 : 1;
  }
  if (fault == "undefined") {
    volatile int most = std::numeric_limits<int>::max();
    most = most + n;
    return most < 0 ? 3 : 4;
  }
  if (fault == "uninitialised") {
    volatile int* unset = static_cast<int*>(std::malloc(sizeof(int)));
    const int code = *unset == 12345 ? 3 : 0;
    std::free(const_cast<int*>(unset));
    return code;
  }
  return 0;
}
CODE
}

@test "sanitizers: the address sanitizer ends with 97 on overflow, leak and undefined behaviour, and reports to a folder" {
  with_settings_of address
  faults
  FAULT=none check 0 ./faults
  same "$stderr" ""
  FAULT=overflow check 97 ./faults
  holds "$stderr" "heap-buffer-overflow"
  FAULT=leak check 97 ./faults
  holds "$stderr" "detected memory leaks"
  FAULT=undefined check 97 ./faults
  holds "$stderr" "signed integer overflow"
  mkdir reports
  with_settings_of address "$PWD/reports"
  FAULT=overflow check 97 ./faults
  same "$(cat reports/* | grep -c 'ERROR: AddressSanitizer')" 1
}

@test "sanitizers: the thread sanitizer ends with 97 on a race, and lets one be that is none" {
  with_settings_of thread
  program race <<'CODE'
#include <mutex>
#include <thread>
int main(int n, char**) {
  int sum = 0;
  std::mutex mutex;
  auto add = [&] {
    if (n > 1) {
      ++sum;
    } else {
      const std::lock_guard<std::mutex> lock(mutex);
      ++sum;
    }
  };
  std::thread one(add);
  std::thread two(add);
  one.join();
  two.join();
  return sum == 2 ? 0 : 0;
}
CODE
  check 0 ./race
  same "$stderr" ""
  check 97 ./race unlocked
  holds "$stderr" "data race"
}

@test "sanitizers: valgrind's wrappers end with 97 on overflow, leak and what was never set, and the chain stops there" {
  command -v valgrind >/dev/null || skip "no valgrind here: apt-get install valgrind"
  sanitize='' faults
  mkdir tools
  mv faults tools/simulate-observation # the chain's first tool
  for fault in overflow leak uninitialised; do
    rm -rf work
    FAULT=$fault CONTIMG_BUILD=$PWD/tools check 1 "$repository/tests/sanitizers/memcheck" work
    holds "$stderr" "chain: simulate-calibrator: see "
    holds "$(cat work/reports/simulate-observation.*)" "by 0x"
  done
}

@test "sanitizers: a part that passed is not run again until it is built anew; one that failed is, and is told" {
  # Nothing is built: this is about what comes after.
  mkdir -p bin folder/tests
  printf '#!/bin/bash\n' >bin/cmake
  cat >folder/tests/unit_base <<'PROGRAM'
#!/bin/bash
echo base >>../calls
echo "[  PASSED  ] 12 tests."
PROGRAM
  cat >folder/tests/unit_astro <<'PROGRAM'
#!/bin/bash
echo astro >>../calls
[[ -e ../mended ]] || { echo "==1==ERROR: AddressSanitizer: heap-use-after-free" && exit 97; }
echo "[  PASSED  ] 1 test."
PROGRAM
  chmod +x bin/cmake folder/tests/*
  PATH=$PWD/bin:$PATH
  check 1 "$repository/tests/sanitizers/unit-suite" address folder astro base
  holds "$output" "astro: FAILED with exit code 97"
  holds "$output" "heap-use-after-free"
  holds "$output" "2 parts, 12 tests passed, 1 parts failed: astro"
  touch folder/mended
  check 0 "$repository/tests/sanitizers/unit-suite" address folder astro base
  holds "$output" "2 parts, 13 tests passed, 0 parts failed"
  same "$(<folder/calls)" "astro
base
astro"
  touch -d '1 minute' folder/tests/unit_base
  check 0 "$repository/tests/sanitizers/unit-suite" address folder base
  same "$(tail -n 1 folder/calls)" base
  check 2 "$repository/tests/sanitizers/unit-suite" memory folder base
}
