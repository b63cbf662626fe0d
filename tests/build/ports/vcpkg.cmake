# SPDX-License-Identifier: Apache-2.0
# The functions of vcpkg that our port calls, by what vcpkg's reference says of them, so that the
# port can be run without vcpkg: cmake -DPORTFILE=.. -DFOLDER=.. -DCOMPILER=.. -P vcpkg.cmake

set(PORT rrdp)
set(CURRENT_PACKAGES_DIR ${FOLDER}/packages/rrdp_x64-linux)
set(CURRENT_BUILDTREES_DIR ${FOLDER}/buildtrees/rrdp)

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET)
endfunction()

# Configures a release build and, unless the port wants but one of them, a debug build.
function(vcpkg_cmake_configure)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" SOURCE_PATH OPTIONS)
  foreach(type IN ITEMS release debug)
    if(NOT DEFINED VCPKG_BUILD_TYPE OR VCPKG_BUILD_TYPE STREQUAL type)
      set(prefix_of_release ${CURRENT_PACKAGES_DIR})
      set(prefix_of_debug ${CURRENT_PACKAGES_DIR}/debug)
      run(${CMAKE_COMMAND} -S ${arg_SOURCE_PATH} -B ${CURRENT_BUILDTREES_DIR}/${type} -G Ninja
        -DCMAKE_BUILD_TYPE=${type} -DCMAKE_INSTALL_PREFIX=${prefix_of_${type}}
        -DBUILD_SHARED_LIBS=OFF -DCMAKE_CXX_COMPILER=${COMPILER} -Werror=dev ${arg_OPTIONS})
    endif()
  endforeach()
endfunction()

# Builds and installs those that were configured.
function(vcpkg_cmake_install)
  file(GLOB trees ${CURRENT_BUILDTREES_DIR}/*)
  foreach(tree IN LISTS trees)
    run(${CMAKE_COMMAND} --build ${tree} --target install)
  endforeach()
endfunction()

# Moves the package of CMake to share/PORT, and tells it how far its prefix is from there.
function(vcpkg_cmake_config_fixup)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" CONFIG_PATH "")
  if(EXISTS ${CURRENT_PACKAGES_DIR}/debug)
    message(FATAL_ERROR "how debug builds are merged is not known here")
  endif()
  cmake_path(GET arg_CONFIG_PATH PARENT_PATH parent)
  file(MAKE_DIRECTORY ${CURRENT_PACKAGES_DIR}/share)
  file(RENAME ${CURRENT_PACKAGES_DIR}/${arg_CONFIG_PATH} ${CURRENT_PACKAGES_DIR}/share/${PORT})
  file(REMOVE_RECURSE ${CURRENT_PACKAGES_DIR}/${parent})
  set(up [[get_filename_component(_IMPORT_PREFIX "${_IMPORT_PREFIX}" PATH)]])
  file(GLOB parts ${CURRENT_PACKAGES_DIR}/share/${PORT}/*.cmake)
  foreach(part IN LISTS parts)
    file(READ ${part} text)
    string(REPLACE "${up}\n${up}\n${up}\n" "${up}\n${up}\n" text "${text}")
    file(WRITE ${part} "${text}")
  endforeach()
endfunction()

# Makes what pkg-config reads relative to where it lies, and sees that it can be read.
function(vcpkg_fixup_pkgconfig)
  file(GLOB found ${CURRENT_PACKAGES_DIR}/share/pkgconfig/*.pc
    ${CURRENT_PACKAGES_DIR}/lib/pkgconfig/*.pc)
  foreach(file IN LISTS found)
    run(pkg-config --exists --print-errors ${file})
  endforeach()
endfunction()

function(vcpkg_install_copyright)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "" FILE_LIST)
  file(INSTALL ${arg_FILE_LIST} DESTINATION ${CURRENT_PACKAGES_DIR}/share/${PORT} RENAME copyright)
endfunction()

include(${PORTFILE})
