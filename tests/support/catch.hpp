// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Catch2, whichever is installed: version 2 is one header, version 3 is many and puts its names in
/// a namespace. Tests use what both have in common, without a prefix.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Generators::as;
using Catch::Generators::chunk;
using Catch::Generators::filter;
using Catch::Generators::map;
using Catch::Generators::random;
using Catch::Generators::range;
using Catch::Generators::take;
using Catch::Generators::value;
using Catch::Generators::values;
#else
#include <catch2/catch.hpp>
#endif
