#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
set -eu
CXX=${CXX:-c++}  # a command, and maybe flags

# shellcheck disable=SC2046
#-- begin snippet
rrdp/cmake/single_header.py rrdp.hpp rrdp/adapters/loopback.hpp
$CXX -std=c++20 main.cpp other.cpp -o your_program
#-- end snippet
