# SPDX-License-Identifier: GPL-3.0-or-later
# What is installed beside the executables of tools/, in components: `tools`, `server` and `doc` become packages
# (cmake/package.cmake), `place` is what only `make install` needs. Programs find their files from where they lie
# themselves: no path is compiled in. Manuals and completions are built by scripts/build-manuals.sh and
# scripts/build-completions.py.

install(PROGRAMS ${PROJECT_SOURCE_DIR}/scripts/process-group ${PROJECT_SOURCE_DIR}/scripts/run-tick
                 ${PROJECT_SOURCE_DIR}/scripts/dsa110-stream
                 ${PROJECT_SOURCE_DIR}/scripts/roll-back
                 ${PROJECT_SOURCE_DIR}/scripts/run_conversion.sh
        DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT tools)
install(PROGRAMS ${PROJECT_SOURCE_DIR}/slurm/submit-backlog ${PROJECT_SOURCE_DIR}/slurm/run-task
                 ${PROJECT_SOURCE_DIR}/slurm/collect-backlog ${PROJECT_SOURCE_DIR}/slurm/slurm-status
        DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT tools)
install(FILES ${PROJECT_SOURCE_DIR}/scripts/run-tools.bash
        DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/contimg COMPONENT tools)
install(FILES ${PROJECT_SOURCE_DIR}/docs/operations/contimg.toml
        DESTINATION ${CMAKE_INSTALL_DATADIR}/contimg COMPONENT tools)
install(FILES ${PROJECT_SOURCE_DIR}/cron/contimg.crontab
        DESTINATION ${CMAKE_INSTALL_DATADIR}/contimg/cron COMPONENT tools)

install(DIRECTORY ${PROJECT_BINARY_DIR}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT tools
        OPTIONAL FILES_MATCHING PATTERN "*.gz" PATTERN "serve-status.*" EXCLUDE PATTERN "pages" EXCLUDE)
install(FILES ${PROJECT_BINARY_DIR}/man/man1/serve-status.1.gz
        DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT server OPTIONAL)
set(completions ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(DIRECTORY ${PROJECT_BINARY_DIR}/completions/ DESTINATION ${completions} COMPONENT tools
        OPTIONAL PATTERN "serve-status" EXCLUDE)
install(FILES ${PROJECT_BINARY_DIR}/completions/serve-status
        DESTINATION ${completions} COMPONENT server OPTIONAL)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/cron/prometheus ${PROJECT_SOURCE_DIR}/cron/grafana
        DESTINATION ${CMAKE_INSTALL_DATADIR}/contimg COMPONENT server)
# Units name programs by their whole path, which the prefix decides when it is installed.
install(CODE "set(UNITS ${PROJECT_SOURCE_DIR}/cron/systemd)
  set(PLACE \${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}/contimg/cron/systemd)
  set(WORK ${PROJECT_BINARY_DIR}/units)
  include(${PROJECT_SOURCE_DIR}/cmake/install-units.cmake)" COMPONENT place)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs COMPONENT doc)
install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md
        DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT doc)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT place)
# The demo, with the programs that it compares with, as they lie in the source tree.
set(demo ${CMAKE_INSTALL_DATADIR}/contimg/demo)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/scripts DESTINATION ${demo} COMPONENT doc USE_SOURCE_PERMISSIONS
        FILES_MATCHING PATTERN "demo" PATTERN "show-*.py" PATTERN "__pycache__" EXCLUDE)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/tests/witness DESTINATION ${demo}/tests COMPONENT doc OPTIONAL
        FILES_MATCHING PATTERN "*.py" PATTERN "__pycache__" EXCLUDE)
