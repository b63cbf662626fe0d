// SPDX-License-Identifier: Apache-2.0
#pragma once

/// The whole engine and the link seam: layers L0 to L4, no adapter, no system header.
#include <rrdp/core/profiles.hpp>
#include <rrdp/endpoint/endpoint.hpp>
#include <rrdp/link/any_link.hpp>
#include <rrdp/link/concepts.hpp>
#include <rrdp/link/copying.hpp>
#include <rrdp/link/properties.hpp>
#include <rrdp/link/pump.hpp>
#include <rrdp/version.hpp>
#include <rrdp/wire/codec.hpp>
#include <rrdp/wire/resolution.hpp>
