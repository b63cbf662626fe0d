# SPDX-License-Identifier: Apache-2.0
# find_package(rrdp [COMPONENTS asio dpdk]): the library and its adapters need nothing; a component
# is an adapter that brings somebody else's library and its flags.

include(${CMAKE_CURRENT_LIST_DIR}/rrdpTargets.cmake)

foreach(component IN LISTS rrdp_FIND_COMPONENTS)
  include(${CMAKE_CURRENT_LIST_DIR}/rrdp-${component}.cmake OPTIONAL)
  if(TARGET rrdp::${component})
    set(rrdp_${component}_FOUND TRUE)
  elseif(rrdp_FIND_REQUIRED_${component})
    set(rrdp_FOUND FALSE)
    set(rrdp_NOT_FOUND_MESSAGE "rrdp::${component} is not to be had; if it is one of rrdp, the \
library that it brings was not found")
  endif()
endforeach()
