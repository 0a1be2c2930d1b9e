# SPDX-License-Identifier: GPL-3.0-or-later
# `make deb`: packages contimg-tools, contimg-server and contimg-doc. What only packages have is in components
# debian-..., which `make install` leaves out. Manual: docs/operations/packages.md

set(debian ${PROJECT_SOURCE_DIR}/cmake/debian)
foreach(package tools server doc)
  install(FILES ${debian}/copyright DESTINATION share/doc/contimg-${package}
          COMPONENT debian-${package} EXCLUDE_FROM_ALL)
  install(FILES ${PROJECT_BINARY_DIR}/debian/contimg-${package}/changelog.Debian.gz
                ${PROJECT_BINARY_DIR}/debian/changelog.gz
          DESTINATION share/doc/contimg-${package} COMPONENT debian-${package} EXCLUDE_FROM_ALL)
endforeach()
install(CODE "set(UNITS ${PROJECT_SOURCE_DIR}/cron/systemd)
  set(PLACE /lib/systemd/system)
  set(ROTATION /etc/logrotate.d)
  set(ROTATION_NAME contimg-server)
  set(ROOT /var/lib/contimg)
  set(WORK ${PROJECT_BINARY_DIR}/debian/units)
  include(${PROJECT_SOURCE_DIR}/cmake/install-units.cmake)"
        COMPONENT debian-server EXCLUDE_FROM_ALL)
install(FILES ${debian}/contimg.toml DESTINATION /etc/contimg COMPONENT debian-server EXCLUDE_FROM_ALL)

execute_process(COMMAND ${PROJECT_SOURCE_DIR}/scripts/install-debian.sh --programs
                OUTPUT_VARIABLE programs OUTPUT_STRIP_TRAILING_WHITESPACE)
string(REPLACE "\n" ", " programs "${programs}")

# What is packaged was built by `make`.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME contimg)
set(CPACK_PACKAGE_VENDOR contimg)
set(CPACK_PACKAGE_CONTACT "contimg <contimg@localhost>")
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/deb)
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PROJECT_CONFIG_FILE ${PROJECT_SOURCE_DIR}/cmake/package-version.cmake)
set(CPACK_CONTIMG_VERSION_FILE ${PROJECT_BINARY_DIR}/VERSION)
set(CPACK_COMPONENTS_ALL tools debian-tools server debian-server doc debian-doc)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS OFF)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_TOOLS_PACKAGE_NAME contimg-tools)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_TOOLS_PACKAGE_DEPENDS "${programs}")
set(CPACK_DEBIAN_TOOLS_PACKAGE_RECOMMENDS "bash-completion, man-db")
set(CPACK_DEBIAN_TOOLS_PACKAGE_SUGGESTS "contimg-server, contimg-doc, slurm-client")

set(CPACK_DEBIAN_SERVER_PACKAGE_NAME contimg-server)
set(CPACK_DEBIAN_SERVER_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_SERVER_PACKAGE_SUGGESTS "logrotate, prometheus")
set(CPACK_DEBIAN_SERVER_PACKAGE_CONTROL_EXTRA ${debian}/preinst ${debian}/postinst ${debian}/prerm
    ${debian}/postrm ${debian}/conffiles)

set(CPACK_DEBIAN_DOC_PACKAGE_NAME contimg-doc)
set(CPACK_DEBIAN_DOC_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_DOC_PACKAGE_SECTION doc)
set(CPACK_DEBIAN_DOC_PACKAGE_RECOMMENDS "contimg-tools, python3, python3-astropy, python3-casacore, python3-erfa, \
python3-h5py, python3-numpy")
set(CPACK_DEBIAN_DOC_PACKAGE_SUGGESTS contimg-server)

# As CPack has it: the first line is the summary.
set(CPACK_DEBIAN_TOOLS_DESCRIPTION "calibrated images and light curves from DSA-110 raw files
Programs that take subband files of the DSA-110 radio telescope through
Measurement Sets, calibration, images and source lists to light curves,
with a queue in SQLite; scripts for cron and Slurm, manuals, completion.")
set(CPACK_DEBIAN_SERVER_DESCRIPTION "contimg as services: stream, status, API and dashboard
Units of systemd for contimg-tools, the program serve-status with dashboard
and metrics, a user and a configuration. Nothing is enabled by itself.")
set(CPACK_DEBIAN_DOC_DESCRIPTION "documentation and demo of contimg
Operation, formats, architecture and accuracy of contimg, and a demo that
makes its own data and compares the results with independent packages.")

include(CPack)
foreach(package tools server doc)
  cpack_add_component_group(${package})
  cpack_add_component(${package} GROUP ${package})
  cpack_add_component(debian-${package} GROUP ${package})
endforeach()
