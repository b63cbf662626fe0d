// SPDX-License-Identifier: Apache-2.0
#pragma once

/// The version of this library, read from here by CMake. It says nothing of the wire: the protocol
/// version is `rrdp::wire::protocol_version`.
#define RRDP_VERSION_MAJOR 0
#define RRDP_VERSION_MINOR 1
#define RRDP_VERSION_PATCH 0
