# SPDX-License-Identifier: GPL-3.0-or-later
# Read by cpack: packages bear the version that the build found (cmake/version.cmake), and need one another in it.

file(STRINGS ${CPACK_CONTIMG_VERSION_FILE} version LIMIT_COUNT 1)
set(CPACK_PACKAGE_VERSION ${version})
set(CPACK_DEBIAN_PACKAGE_VERSION ${version})
set(CPACK_DEBIAN_SERVER_PACKAGE_DEPENDS "contimg-tools (= ${version}), adduser, sqlite3")
