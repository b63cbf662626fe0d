# SPDX-License-Identifier: Apache-2.0
# Two Debian packages, by `cpack -G DEB` in a build tree: librrdp-dev has the headers, for any
# machine; rrdp-tools has the programs, which have to be built before (target rrdp-tools).

set(contact "the RRDP project <rrdp@localhost>")

# What Debian wants in /usr/share/doc of each package: the licence, our changelog, and its own.
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file(cmake/debian/changelog.in debian/changelog @ONLY)
function(rrdp_pack text packed)
  file(ARCHIVE_CREATE OUTPUT ${PROJECT_BINARY_DIR}/debian/${packed} PATHS ${text}
    FORMAT raw COMPRESSION GZip COMPRESSION_LEVEL 9)
endfunction()
rrdp_pack(${PROJECT_SOURCE_DIR}/CHANGELOG.md changelog.gz)
rrdp_pack(${PROJECT_BINARY_DIR}/debian/changelog changelog.Debian.gz)
foreach(package librrdp-dev rrdp-tools)
  install(FILES cmake/debian/copyright ${PROJECT_BINARY_DIR}/debian/changelog.gz
    ${PROJECT_BINARY_DIR}/debian/changelog.Debian.gz
    DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package} COMPONENT ${package} EXCLUDE_FROM_ALL)
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME rrdp)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT ${contact})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Reliable messages directly on Ethernet")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_COMPONENTS_ALL headers librrdp-dev)
set(CPACK_COMPONENT_HEADERS_GROUP development)
set(CPACK_COMPONENT_LIBRRDP-DEV_GROUP development)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME librrdp-dev)
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "\
RRDP carries whole messages, in order and once, behind 14 octets of header.
These are the headers of its engine, of the links that it runs over, and of
its interfaces for Boost.Asio and for blocking calls, for programs in C++20.
There is nothing to link.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS "libboost1.81-dev, libpcap-dev, libdpdk-dev")
if(tools)
  list(JOIN tools ", " names)
  list(APPEND CPACK_COMPONENTS_ALL tools rrdp-tools)
  set(CPACK_COMPONENT_TOOLS_GROUP programs)
  set(CPACK_COMPONENT_RRDP-TOOLS_GROUP programs)
  set(CPACK_DEBIAN_PROGRAMS_PACKAGE_NAME rrdp-tools)
  set(CPACK_DEBIAN_PROGRAMS_DESCRIPTION "\
RRDP carries whole messages, in order and once, behind 14 octets of header.
These are its programs: ${names}.")
  set(CPACK_DEBIAN_PROGRAMS_PACKAGE_SECTION net)
  set(CPACK_DEBIAN_PROGRAMS_PACKAGE_SHLIBDEPS ON)
endif()
include(CPack)
