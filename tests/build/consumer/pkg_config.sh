#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
set -eu
CXX=${CXX:-c++}  # a command, and maybe flags

# shellcheck disable=SC2046
#-- begin snippet
$CXX -std=c++20 $(pkg-config --cflags rrdp) main.cpp -o your_program
#-- end snippet
