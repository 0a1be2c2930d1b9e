# SPDX-License-Identifier: GPL-3.0-or-later
# contimg_stamp_version(TARGET) compiles the version into one file of a library. Each build asks git for it, so
# that another commit compiles that file alone; the version also lies in VERSION of the build folder, for packages.
#
#   0.1.0                     the commit with the tag v0.1.0, or a source tree without git
#   0.1.0+5.g1234abc          five commits after it
#   0.1.0~731.g1234abc        the 731st commit, before any tag
#   ....modified              files that git keeps differ from the commit
#
# As Debian compares versions, each of these is older than what comes after it.

set(CONTIMG_VERSION_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

function(contimg_stamp_version target)
  # A folder of its own: beside it an older build folder may still hold a base/version.h.
  set(source ${CMAKE_CURRENT_BINARY_DIR}/version/${target}.cc)
  set(arguments -DSOURCE=${source} -DTREE=${PROJECT_SOURCE_DIR} -DRELEASE=${PROJECT_VERSION}
                -DPLAIN=${PROJECT_BINARY_DIR}/VERSION)
  execute_process(COMMAND ${CMAKE_COMMAND} ${arguments} -P ${CONTIMG_VERSION_SCRIPT})
  add_custom_target(${target}_version COMMAND ${CMAKE_COMMAND} ${arguments} -P ${CONTIMG_VERSION_SCRIPT}
                    BYPRODUCTS ${source} VERBATIM)
  add_dependencies(${target} ${target}_version)
  target_sources(${target} PRIVATE ${source})
endfunction()

if(NOT CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  return()
endif()

# Run as a script: writes SOURCE and PLAIN, unless they say so already.
set(ENV{GIT_OPTIONAL_LOCKS} 0)
find_program(GIT git)
function(ask_git result)
  set(answer "")
  if(GIT)
    execute_process(COMMAND ${GIT} -c safe.directory=* -C ${TREE} ${ARGN} OUTPUT_VARIABLE answer
                    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE code)
    if(NOT code EQUAL 0)
      set(answer "")
    endif()
  endif()
  set(${result} "${answer}" PARENT_SCOPE)
endfunction()

set(version ${RELEASE})
ask_git(top rev-parse --show-toplevel)
get_filename_component(tree ${TREE} REALPATH)
if(top STREQUAL tree)
  ask_git(commit rev-parse --short=8 HEAD)
  ask_git(described describe --tags --long --abbrev=8 --match v[0-9]*)
  ask_git(changes status --porcelain --untracked-files=no)
  if(described MATCHES "^v([0-9.]+)-([0-9]+)-g([0-9a-f]+)$")
    set(version ${CMAKE_MATCH_1})
    if(CMAKE_MATCH_2 GREATER 0)
      string(APPEND version "+${CMAKE_MATCH_2}.g${CMAKE_MATCH_3}")
    elseif(changes)
      string(APPEND version "+0")
    endif()
  elseif(commit)
    ask_git(count rev-list --count HEAD)
    string(APPEND version "~${count}.g${commit}")
  endif()
  if(commit AND changes)
    string(APPEND version ".modified")
  endif()
endif()

function(write_if_new file text)
  set(before "")
  if(EXISTS ${file})
    file(READ ${file} before)
  endif()
  if(NOT before STREQUAL text)
    file(WRITE ${file} "${text}")
  endif()
endfunction()
write_if_new(${PLAIN} "${version}\n")
write_if_new(${SOURCE} "#include \"base/version.h\"

namespace contimg {
const char* const kVersion = \"${version}\";
}  // namespace contimg
")
