# SPDX-License-Identifier: GPL-3.0-or-later
# Run when it is installed: puts the units of UNITS into PLACE, with the programs of CMAKE_INSTALL_PREFIX; the
# rotation of logs goes into ROTATION, where that is set. ROOT, where set, takes the place of the root of data.

file(GLOB units ${UNITS}/*.service ${UNITS}/*.timer ${UNITS}/*.logrotate)
foreach(unit ${units})
  get_filename_component(name ${unit} NAME)
  file(READ ${unit} text)
  string(REPLACE "/usr/local/bin/" "${CMAKE_INSTALL_PREFIX}/bin/" text "${text}")
  if(ROOT)
    string(REPLACE "/data/dsa110-contimg/" "${ROOT}/" text "${text}")
  endif()
  set(place ${PLACE})
  if(ROTATION AND name MATCHES "^(.*)\\.logrotate$")
    set(name ${ROTATION_NAME})
    set(place ${ROTATION})
  endif()
  file(WRITE ${WORK}/${name} "${text}")
  file(INSTALL DESTINATION ${place} TYPE FILE FILES ${WORK}/${name})
endforeach()
