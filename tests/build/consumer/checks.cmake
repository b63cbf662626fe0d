# SPDX-License-Identifier: Apache-2.0
# What a consumer's project must not notice of ours; read by it when all of its targets are there.

function(check_what_came_along)
  foreach(ours rrdp_testing rrdp-cat rrdp-tools 01_loopback fuzz_decode)
    if(TARGET ${ours})
      message(FATAL_ERROR "${ours} is built for a project that only uses RRDP")
    endif()
  endforeach()
  foreach(target rrdp::rrdp rrdp::loopback rrdp::packet rrdp::dpdk_options rrdp::pcap_options)
    get_target_property(options ${target} INTERFACE_COMPILE_OPTIONS)
    if(options)
      message(FATAL_ERROR "${target} forces ${options} upon its users")
    endif()
  endforeach()
  get_property(tests DIRECTORY PROPERTY TESTS)
  if(tests)
    message(FATAL_ERROR "a project that only uses RRDP has got the tests ${tests}")
  endif()
endfunction()

cmake_language(DEFER CALL check_what_came_along)
