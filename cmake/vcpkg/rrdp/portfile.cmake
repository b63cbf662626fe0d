# SPDX-License-Identifier: Apache-2.0
# The checkout that this port lies in, as a package of vcpkg: vcpkg install rrdp
# --overlay-ports=CHECKOUT/cmake/vcpkg. In a registry, vcpkg_from_github takes the place of the line
# that says where the sources are, and nothing else changes.

set(VCPKG_BUILD_TYPE release)  # headers: there is nothing of which a debug build would differ
get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS
    -DRRDP_BUILD_EXAMPLES=OFF
    -DRRDP_BUILD_FUZZ=OFF
    -DRRDP_BUILD_TESTS=OFF
    -DRRDP_INSTALL=ON)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH share/cmake/rrdp)
vcpkg_fixup_pkgconfig()
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/share/doc")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
