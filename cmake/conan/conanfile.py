# SPDX-License-Identifier: Apache-2.0
"""The checkout that this recipe lies in, as a package of Conan 2: conan create cmake/conan."""

import os
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load

ROOT = os.path.join(os.pardir, os.pardir)


class Rrdp(ConanFile):
    name = "rrdp"
    description = "Reliable messages directly on Ethernet: an engine and its links"
    license = "Apache-2.0"
    topics = ("network", "protocol", "ethernet", "header-only")
    package_type = "header-library"
    settings = "os", "compiler", "build_type", "arch"
    options = {"asio": [True, False], "pcap": [True, False]}
    default_options = {"asio": False, "pcap": False}
    no_copy_source = True

    def set_version(self):
        text = load(self, os.path.join(self.recipe_folder, ROOT, "include/rrdp/version.hpp"))
        numbers = re.findall(r"^#define RRDP_VERSION_\w+ (\d+)", text, re.MULTILINE)
        self.version = ".".join(numbers)

    def export_sources(self):
        checkout = os.path.join(self.recipe_folder, ROOT)
        for pattern in ("CMakeLists.txt", "LICENSE", "CHANGELOG.md", "adapters/*", "cmake/*",
                        "docs/CMakeLists.txt", "include/*"):
            copy(self, pattern, checkout, self.export_sources_folder, excludes="cmake/conan/*")

    def layout(self):
        cmake_layout(self)

    def requirements(self):
        if self.options.asio:
            self.requires("boost/[>=1.81]", transitive_headers=True)
        if self.options.pcap:
            self.requires("libpcap/[>=1.10]", transitive_headers=True, transitive_libs=True)

    def package_id(self):
        self.info.clear()  # the same headers for every compiler and machine

    def validate(self):
        check_min_cppstd(self, 20)

    def generate(self):
        toolchain = CMakeToolchain(self)
        for what in ("EXAMPLES", "FUZZ", "TESTS"):
            toolchain.cache_variables[f"RRDP_BUILD_{what}"] = False
        toolchain.cache_variables["RRDP_INSTALL"] = True
        toolchain.generate()

    def build(self):
        CMake(self).configure()

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))

    def package_info(self):
        # Its own package of CMake has the targets and their components; Conan's would have neither.
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs = [os.path.join("share", "cmake", "rrdp")]
        self.cpp_info.set_property("pkg_config_name", "rrdp")
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
