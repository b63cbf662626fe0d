// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the DPDK link needs of DPDK. Its headers use what we do not allow ourselves, in functions
// that the compiler sees here: whatever way they are found, they count as the system's.
#pragma GCC system_header

#if !__has_include(<rte_ethdev.h>)
#error "DPDK is not found: link the CMake target rrdp::dpdk, or use `pkg-config --cflags libdpdk`"
#endif

// clang-format off
#include <rte_config.h>
// clang-format on
#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
