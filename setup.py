"""pip install .: builds the library with make and puts it and the models beside hrm.py."""

import os
import re
import shutil
import subprocess

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.dist import Distribution

here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "include", "hrm.h")) as file:
    defines = dict(re.findall(r"^#define (HRM_[A-Z_]+) (\d+)$", file.read(), re.M))
version = ".".join(defines["HRM_VERSION_" + part] for part in ("MAJOR", "MINOR", "PATCH"))
library = "libhrm.so." + defines["HRM_ABI"]


class Build(build_py):
    """One module, as a package so that the library has a place beside it."""

    def run(self):
        built = os.environ.get("HRM_PREBUILT")  # for packagers who have it already
        if not built:
            jobs = "-j%d" % (os.cpu_count() or 1)
            subprocess.check_call(["make", jobs, "build/release/libhrm.so"], cwd=here)
            built = os.path.join(here, "build", "release", library)
        package = os.path.join(self.build_lib, "hrm")
        os.makedirs(package, exist_ok=True)
        shutil.copy(os.path.join(here, "python", "hrm.py"), os.path.join(package, "__init__.py"))
        shutil.copy(built, os.path.join(package, library))
        for folder in ("models", "recipes", "data"):
            if os.path.isdir(os.path.join(here, folder)):
                shutil.copytree(os.path.join(here, folder), os.path.join(package, folder), dirs_exist_ok=True)
        with open(os.path.join(package, "py.typed"), "w"):
            pass
        with open(os.path.join(package, "__main__.py"), "w") as main:
            main.write("from hrm import _main\n\n_main()\n")


class Platform(Distribution):
    """Any Python, this machine's kind."""

    def has_ext_modules(self):
        return True


try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:  # before setuptools 70.1
    from wheel.bdist_wheel import bdist_wheel


class Wheel(bdist_wheel):
    def get_tag(self):
        return ("py3", "none", super().get_tag()[2])


setup(version=version, cmdclass={"build_py": Build, "bdist_wheel": Wheel}, distclass=Platform)
