# SPDX-License-Identifier: Apache-2.0
"""What our recipe uses of Conan 2, by what Conan's reference says of it, so that the recipe can be
run where there is no Conan. `create` does what `conan create` does with it.
"""

import fnmatch
import importlib.util
import pathlib
import shutil
import subprocess
import sys
import types


class InvalidConfiguration(Exception):
    pass


class ConanFile:
    """Settings, options and folders of a recipe; most of it is given by `create`."""

    package_type = None
    requires_of_it = ()

    def requires(self, reference, **_):
        self.requires_of_it = (*self.requires_of_it, reference)

    def run(self, command, env=None):
        assert env in (None, "conanrun")
        self.said = subprocess.run(command, check=True, capture_output=True, text=True).stdout


class CppInfo:
    def __init__(self):
        self.includedirs, self.libdirs, self.bindirs = ["include"], ["lib"], ["bin"]
        self.builddirs, self.properties = [], {}

    def set_property(self, name, value):
        self.properties[name] = value


class Toolchain:
    def __init__(self, recipe):
        self.recipe, self.cache_variables = recipe, {}

    def generate(self):
        self.recipe.cache = self.cache_variables


class CMake:
    def __init__(self, recipe):
        self.recipe = recipe

    def call(self, *words):
        subprocess.run(["cmake", *map(str, words)], check=True, stdout=subprocess.DEVNULL)

    def configure(self):
        recipe = self.recipe
        cache = [f"-D{name}={'ON' if value is True else 'OFF' if value is False else value}"
                 for name, value in recipe.cache.items()]
        self.call("-S", recipe.source_folder, "-B", recipe.build_folder, "-G", "Ninja",
                  f"-DCMAKE_INSTALL_PREFIX={recipe.package_folder}", "-Werror=dev", *cache)

    def build(self):
        self.call("--build", self.recipe.build_folder)

    def install(self):
        self.call("--install", self.recipe.build_folder, "--prefix", self.recipe.package_folder)


def copy(_, pattern, source, to, excludes=()):
    """Files below `source`, by a pattern in which * crosses folders."""
    excludes = (excludes,) if isinstance(excludes, str) else excludes
    for path in sorted(pathlib.Path(source).rglob("*")):
        name = path.relative_to(source).as_posix()
        left_out = any(fnmatch.fnmatch(name, one) for one in excludes)
        if path.is_file() and fnmatch.fnmatch(name, pattern) and not left_out:
            (pathlib.Path(to) / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, pathlib.Path(to) / name)


def check_min_cppstd(recipe, least):
    if recipe.settings.compiler_cppstd < least:
        raise InvalidConfiguration(f"C++{recipe.settings.compiler_cppstd} is older than {least}")


def modules():
    """Makes `import conan` find all that."""
    def module(name, **what):
        sys.modules[name] = types.ModuleType(name)
        vars(sys.modules[name]).update(what)
    module("conan", ConanFile=ConanFile)
    module("conan.tools")
    module("conan.tools.build", check_min_cppstd=check_min_cppstd, can_run=lambda _: True)
    module("conan.tools.cmake", CMake=CMake, CMakeToolchain=Toolchain, cmake_layout=lambda _: None)
    module("conan.tools.files", copy=copy,
           load=lambda _, path: pathlib.Path(path).read_text(encoding="utf-8"))


def load(path, folder, cppstd, options):
    """The recipe of a file, made an object with its settings, options and folders."""
    spec = importlib.util.spec_from_file_location(path.parent.name, path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    classes = [one for one in vars(loaded).values() if isinstance(one, type)
               and issubclass(one, ConanFile) and one is not ConanFile]
    recipe = classes[0]()
    recipe.recipe_folder = str(path.parent)
    recipe.settings = types.SimpleNamespace(compiler_cppstd=cppstd)
    declared = getattr(recipe, "options", {})
    assert set(options) <= set(declared), f"no such option: {options}"
    recipe.options = types.SimpleNamespace(**{**getattr(recipe, "default_options", {}), **options})
    recipe.info = types.SimpleNamespace(clear=lambda: setattr(recipe, "same_for_all", True))
    recipe.cpp_info, recipe.cache = CppInfo(), {}
    recipe.cpp = types.SimpleNamespace(build=types.SimpleNamespace(bindir=str(folder / "build")))
    for name in ("export_sources", "source", "build", "package"):
        (folder / name).mkdir(parents=True, exist_ok=True)
        setattr(recipe, f"{name}_folder", str(folder / name))
    return recipe


def create(path, folder):
    """The recipe, when all of its steps were done."""
    recipe = load(path, folder, 20, {})
    recipe.set_version()
    recipe.export_sources()
    recipe.source_folder = recipe.export_sources_folder
    recipe.layout()
    recipe.requirements()
    recipe.validate()
    recipe.package_id()
    recipe.generate()
    recipe.build()
    recipe.package()
    recipe.package_info()
    return recipe


def try_out(path, folder, package, compiler):
    """What the program of test_package says. What CMakeToolchain and CMakeDeps would make of a
    package that brings its own package of CMake is the way to it."""
    recipe = load(path, folder, 20, {})
    recipe.tested_reference_str = f"{package.name}/{package.version}"
    recipe.source_folder = recipe.recipe_folder
    recipe.requirements()
    assert recipe.requires_of_it == (recipe.tested_reference_str,)
    assert set(recipe.generators) == {"CMakeToolchain", "CMakeDeps"}
    recipe.layout()
    top = pathlib.Path(package.package_folder)
    folders = ";".join(str(top / one) for one in package.cpp_info.builddirs)
    recipe.cache = {"CMAKE_PREFIX_PATH": folders, "CMAKE_CXX_COMPILER": compiler}
    recipe.build()
    recipe.test()
    return recipe.said


__all__ = ["InvalidConfiguration", "create", "load", "modules", "try_out"]
