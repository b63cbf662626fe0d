# SPDX-License-Identifier: Apache-2.0
# Two Debian packages, by `cpack -G DEB` in a build tree: librrdp-dev has the headers, for any
# machine; rrdp-tools has the programs, which have to be built before, each with its page for man(1)
# and its completion for bash. `cmake --install BUILD --component tools` installs the same.

foreach(tool IN ITEMS rrdp-cat rrdp-dump rrdp-nodes rrdp-perf rrdp-ping rrdp-proxy rrdp-stat
                      rrdp-trace)
  if(TARGET ${tool})
    # Not with a plain install: that is headers, so that nothing has to be built for it.
    install(TARGETS ${tool} RUNTIME COMPONENT tools EXCLUDE_FROM_ALL)
    install(FILES ${PROJECT_SOURCE_DIR}/examples/tools/completion/rrdp.bash
      DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME ${tool}
      COMPONENT tools EXCLUDE_FROM_ALL)
    # A program writes its page itself, of the table that its --help is made of.
    if(NOT CMAKE_CROSSCOMPILING)
      install(CODE "
        set(folder \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_MANDIR}/man1\")
        file(MAKE_DIRECTORY \${folder})
        execute_process(COMMAND $<TARGET_FILE:${tool}> --man OUTPUT_FILE \${folder}/${tool}.1
          COMMAND_ERROR_IS_FATAL ANY)" COMPONENT tools EXCLUDE_FROM_ALL)
    endif()
    string(APPEND tools " ${tool}")
  endif()
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME rrdp)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "the RRDP project <rrdp@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Reliable messages directly on Ethernet")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL Unspecified tools)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_UNSPECIFIED_PACKAGE_NAME librrdp-dev)
set(CPACK_DEBIAN_UNSPECIFIED_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_UNSPECIFIED_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_UNSPECIFIED_PACKAGE_SUGGESTS "libboost1.81-dev, libpcap-dev")
set(CPACK_DEBIAN_TOOLS_PACKAGE_NAME rrdp-tools)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SECTION net)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SHLIBDEPS ON)
set(CPACK_COMPONENT_UNSPECIFIED_DESCRIPTION "Headers of the engine and its links, for C++20")
set(CPACK_COMPONENT_TOOLS_DESCRIPTION "Programs:${tools}")
include(CPack)
