# SPDX-License-Identifier: GPL-3.0-or-later
# contimg_precompile(TARGET HEADER...) compiles headers once for a target's sources;
# contimg_precompile(TARGET REUSE OTHER) uses those of another target with the same flags.

option(CONTIMG_PCH "Precompile the slow headers of other libraries" ON)

function(contimg_precompile target)
  if(NOT CONTIMG_PCH)
    return()
  endif()
  if("${ARGV1}" STREQUAL "REUSE")
    target_precompile_headers(${target} REUSE_FROM ${ARGV2})
  else()
    target_precompile_headers(${target} PRIVATE ${ARGN})
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -fpch-preprocess)  # or ccache would not look inside
  endif()
endfunction()
