# SPDX-License-Identifier: Apache-2.0
# rrdp::dpdk, where pkg-config finds libdpdk: the DPDK link with the library. DPDK wants its own
# flags (-march, -include) in every source that sees its headers; nobody else gets them.

set(rrdp_dpdk_wants "libdpdk, which pkg-config did not find (Debian: libdpdk-dev and pkg-config)")
if(TARGET rrdp::dpdk)
  return()
endif()
find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
  pkg_check_modules(RRDP_LIBDPDK QUIET IMPORTED_TARGET GLOBAL libdpdk)
endif()
if(NOT RRDP_LIBDPDK_FOUND)
  return()
endif()
add_library(rrdp::dpdk INTERFACE IMPORTED GLOBAL)
target_link_libraries(rrdp::dpdk INTERFACE rrdp::dpdk_options PkgConfig::RRDP_LIBDPDK)
target_compile_definitions(rrdp::dpdk INTERFACE RRDP_HAVE_DPDK=1)
