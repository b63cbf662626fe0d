# SPDX-License-Identifier: Apache-2.0
"""The port for vcpkg and the recipe for Conan: their steps are done and what they make is used.

Neither vcpkg nor Conan is here. Their functions are stood in for by tests/build/ports, written from
their references; that the real ones agree with them is not shown.

vcpkg   the port is run, the package looked at as vcpkg does after a build, and used
conan   the recipe is run, and its test_package
"""

import json
import pathlib
import re
import shutil
import sys
import tempfile

import compiler
import packages
import source

sys.path.insert(0, str(pathlib.Path(__file__).parent / "ports"))
import conan as stand_in  # noqa: E402  pylint: disable=wrong-import-position

COMPONENTS = {"asio", "dpdk", "pcap"}  # those that bring a library


def manifest(options, port):
    """What vcpkg.json has to say."""
    said = json.loads(source.read(port / "vcpkg.json"))
    assert said["name"] == port.name and said["license"] == "Apache-2.0"
    assert said["version-semver"] == options.version, "vcpkg.json has another version"
    assert set(said) == {"name", "version-semver", "description", "license", "supports",
                         "dependencies", "features"}, set(said)
    assert set(said["features"]) == COMPONENTS
    for feature in said["features"].values():
        assert set(feature) == {"description", "dependencies"} and feature["dependencies"]
    helpers = {one["name"] for one in said["dependencies"] if one["host"] is True}
    used = re.findall(r"^vcpkg_(cmake_config|cmake)_", source.read(port / "portfile.cmake"), re.M)
    assert helpers == {"vcpkg-" + one.replace("_", "-") for one in used}, (helpers, used)


def look_at(package, folder):
    """What vcpkg looks at after a build; the package is refused for any of it."""
    includes = {path.name for path in (package / "include").iterdir()}
    assert includes == {"rrdp"}, f"headers at the top, which may be others': {includes}"
    assert (package / "share/rrdp/copyright").is_file(), "no copyright"
    assert (package / "share/rrdp/usage").is_file(), "no usage"
    for wrong in ("debug", "lib", "cmake", "bin", "share/cmake", "share/doc"):
        assert not (package / wrong).exists(), wrong
    for path in package.rglob("*"):
        assert not path.is_dir() or any(path.iterdir()), f"{path} is empty"
        assert path.is_dir() or str(folder) not in source.read(path), f"{path} is tied to its place"


def vcpkg(options, folder):
    port = options.root / "cmake/vcpkg/rrdp"
    manifest(options, port)
    packages.call("cmake", f"-DPORTFILE={port / 'portfile.cmake'}", f"-DFOLDER={folder}",
                  f"-DCOMPILER={options.compiler}", "-P",
                  options.root / "tests/build/ports/vcpkg.cmake")
    package = folder / "packages/rrdp_x64-linux"
    look_at(package, folder)
    installed = folder / "installed/x64-linux"  # where vcpkg puts it, and others find it
    shutil.move(package, installed)
    place = packages.project(options, "find_package", folder, options.compiler)
    return packages.cmake(options, place, options.compiler, f"-DCMAKE_PREFIX_PATH={installed}")


def conan(options, folder):
    stand_in.modules()
    path = options.root / "cmake/conan/conanfile.py"
    recipe = stand_in.create(path, folder / "made")
    assert (recipe.name, recipe.version) == ("rrdp", options.version)
    assert recipe.package_type == "header-library" and recipe.same_for_all
    assert not recipe.requires_of_it, recipe.requires_of_it
    assert recipe.cpp_info.properties["cmake_find_mode"] == "none"
    assert recipe.cpp_info.libdirs == recipe.cpp_info.bindirs == []
    package = pathlib.Path(recipe.package_folder)
    assert (package / "licenses/LICENSE").is_file()
    assert (package / "include/rrdp/rrdp.hpp").is_file()
    assert not (pathlib.Path(recipe.source_folder) / "cmake/conan").exists()
    with_all = stand_in.load(path, folder / "all", 20, {"asio": True, "pcap": True})
    with_all.requirements()
    assert [one.split("/")[0] for one in with_all.requires_of_it] == ["boost", "libpcap"]
    try:
        stand_in.load(path, folder / "old", 17, {}).validate()
        raise AssertionError("it can be had for C++17")
    except stand_in.InvalidConfiguration:
        pass
    trial = options.root / "cmake/conan/test_package/conanfile.py"
    other = shutil.which("clang++") or options.compiler
    return stand_in.try_out(trial, folder / "tried", recipe, other)


WAYS = {way.__name__: way for way in (vcpkg, conan)}


def main():
    options = source.arguments(__doc__, ("way", {"choices": WAYS}),
                               ("--version", {"required": True}), *compiler.ARGUMENTS)
    options.root = options.root.resolve()
    with tempfile.TemporaryDirectory(prefix="rrdp-") as folder:
        said = WAYS[options.way](options, pathlib.Path(folder))
    good = said == f"RRDP {options.version}: 9 octets came back\n"
    source.finish([] if good else [f"it says {said!r}"], f"{options.way}: {said.strip()}")


if __name__ == "__main__":
    main()
