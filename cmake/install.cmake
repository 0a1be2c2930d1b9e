# SPDX-License-Identifier: GPL-3.0-or-later
# What `make install` puts beside the executables. Man pages are built by scripts/build-manuals.sh.

install(DIRECTORY ${PROJECT_BINARY_DIR}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1
        OPTIONAL FILES_MATCHING PATTERN "*.1")
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs
        FILES_MATCHING PATTERN "*.md" PATTERN "*.toml")
install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md
              ${PROJECT_SOURCE_DIR}/LICENSE
        DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)
install(FILES ${PROJECT_SOURCE_DIR}/docs/operations/contimg.toml
        DESTINATION ${CMAKE_INSTALL_DATADIR}/contimg)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/cron/prometheus ${PROJECT_SOURCE_DIR}/cron/grafana
        DESTINATION ${CMAKE_INSTALL_DATADIR}/contimg)
install(PROGRAMS ${PROJECT_SOURCE_DIR}/scripts/process-group ${PROJECT_SOURCE_DIR}/scripts/run-tick
                 ${PROJECT_SOURCE_DIR}/scripts/dsa110-stream
                 ${PROJECT_SOURCE_DIR}/scripts/roll-back
                 ${PROJECT_SOURCE_DIR}/scripts/run_conversion.sh
        DESTINATION ${CMAKE_INSTALL_BINDIR})
install(PROGRAMS ${PROJECT_SOURCE_DIR}/slurm/submit-backlog ${PROJECT_SOURCE_DIR}/slurm/run-task
                 ${PROJECT_SOURCE_DIR}/slurm/collect-backlog ${PROJECT_SOURCE_DIR}/slurm/slurm-status
        DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${PROJECT_SOURCE_DIR}/scripts/run-tools.bash
        DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/contimg)
install(FILES ${PROJECT_SOURCE_DIR}/cron/contimg.crontab
        DESTINATION ${CMAKE_INSTALL_DATADIR}/contimg/cron)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/cron/systemd
        DESTINATION ${CMAKE_INSTALL_DATADIR}/contimg/cron)
