# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` puts where. A plain one means headers and the packages by which others find
# them, for which nothing has to be built. `--component tools` means the programs and nothing else.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME headers)

set(package_dir ${CMAKE_INSTALL_DATADIR}/cmake/rrdp)
install(TARGETS rrdp ${RRDP_ADAPTERS} EXPORT rrdp FILE_SET HEADERS)
install(EXPORT rrdp NAMESPACE rrdp:: FILE rrdpTargets.cmake DESTINATION ${package_dir})
list(JOIN RRDP_COMPONENT_NAMES " " components)
configure_file(cmake/rrdpConfig.cmake.in rrdpConfig.cmake @ONLY)
# Below 1.0 a minor version may break its users.
write_basic_package_version_file(
  rrdpConfigVersion.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES
  ${PROJECT_BINARY_DIR}/rrdpConfig.cmake ${PROJECT_BINARY_DIR}/rrdpConfigVersion.cmake
  cmake/rrdp-asio.cmake cmake/rrdp-dpdk.cmake cmake/rrdp-pcap.cmake DESTINATION ${package_dir})

# For builds that know no CMake.
configure_file(cmake/rrdp.pc.in rrdp.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/rrdp.pc DESTINATION ${CMAKE_INSTALL_DATADIR}/pkgconfig)

# Debian's packages have these at places of their own.
install(FILES LICENSE CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT documents)

# The tools, each with its page for man(1) and its completion for bash.
set(tools)
foreach(tool IN ITEMS rrdp-cat rrdp-dump rrdp-nodes rrdp-perf rrdp-ping rrdp-proxy rrdp-stat
                      rrdp-trace)
  if(NOT TARGET ${tool})
    continue()
  endif()
  list(APPEND tools ${tool})
  install(TARGETS ${tool} RUNTIME COMPONENT tools EXCLUDE_FROM_ALL)
  install(FILES examples/tools/completion/rrdp.bash
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME ${tool}
    COMPONENT tools EXCLUDE_FROM_ALL)
  # A program writes its page itself, of the table that its --help is made of.
  if(NOT CMAKE_CROSSCOMPILING)
    install(CODE "
      set(folder \"${CMAKE_INSTALL_MANDIR}/man1\")
      if(NOT IS_ABSOLUTE \"\${folder}\")
        set(folder \"\${CMAKE_INSTALL_PREFIX}/\${folder}\")
      endif()
      set(folder \"\$ENV{DESTDIR}\${folder}\")
      file(MAKE_DIRECTORY \"\${folder}\")
      execute_process(COMMAND \"$<TARGET_FILE:${tool}>\" --man
        OUTPUT_FILE \"\${folder}/${tool}.1\" COMMAND_ERROR_IS_FATAL ANY)"
      COMPONENT tools EXCLUDE_FROM_ALL)
  endif()
endforeach()
if(tools)
  add_custom_target(rrdp-tools DEPENDS ${tools})
endif()

include(cmake/debian/packages.cmake)
