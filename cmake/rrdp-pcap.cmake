# SPDX-License-Identifier: Apache-2.0
# rrdp::pcap, and rrdp::pcap_replay for its files, where libpcap is found.

set(rrdp_pcap_wants "libpcap with its headers, which was not found (Debian: libpcap-dev)")
set(rrdp_pcap_replay_wants ${rrdp_pcap_wants})
if(TARGET rrdp::pcap)
  return()
endif()
find_path(RRDP_PCAP_INCLUDE_DIR pcap/pcap.h)
find_library(RRDP_PCAP_LIBRARY pcap)
mark_as_advanced(RRDP_PCAP_INCLUDE_DIR RRDP_PCAP_LIBRARY)
if(NOT RRDP_PCAP_INCLUDE_DIR OR NOT RRDP_PCAP_LIBRARY)
  return()
endif()
foreach(name pcap pcap_replay)
  add_library(rrdp::${name} INTERFACE IMPORTED GLOBAL)
  target_link_libraries(rrdp::${name} INTERFACE rrdp::pcap_options ${RRDP_PCAP_LIBRARY})
  target_include_directories(rrdp::${name} SYSTEM INTERFACE ${RRDP_PCAP_INCLUDE_DIR})
endforeach()
