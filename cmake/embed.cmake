# SPDX-License-Identifier: GPL-3.0-or-later
# contimg_embed(TARGET FOLDER): compiles every file of a folder into a library, as the table that
# status/page.h describes, so that a program needs no files to run with. A changed, new or removed
# file is taken up by the next build.

set(CONTIMG_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

function(contimg_embed target folder)
  file(GLOB pages CONFIGURE_DEPENDS ${folder}/*)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${target}_pages.cc)
  add_custom_command(
    OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${source} "-DPAGES=${pages}" -P ${CONTIMG_EMBED_SCRIPT}
    DEPENDS ${pages} ${CONTIMG_EMBED_SCRIPT}
    VERBATIM)
  target_sources(${target} PRIVATE ${source})
endfunction()

# Run as a script: writes SOURCE of PAGES.
if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  set(arrays "")
  set(rows "")
  set(number 0)
  foreach(page ${PAGES})
    get_filename_component(name ${page} NAME)
    file(READ ${page} hex HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
    string(APPEND arrays "const unsigned char kPage${number}[] = {${bytes}0};\n")
    string(APPEND rows "      {\"${name}\", kPage${number}, sizeof kPage${number} - 1},\n")
    math(EXPR number "${number} + 1")
  endforeach()
  file(WRITE ${SOURCE}
    "#include \"status/page.h\"\n\nnamespace contimg::status {\nnamespace {\n${arrays}}  // namespace\n\n"
    "const std::vector<Page>& pages() {\n  static const std::vector<Page> all = {\n${rows}  };\n"
    "  return all;\n}\n\n}  // namespace contimg::status\n")
endif()
