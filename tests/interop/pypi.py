"""Other people's programs from PyPI, in a folder of their own below cargo's target folder, so that a second run has
them at once. Nothing is installed into the system or the user's home.
"""

import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile

FREEBOX_API = pathlib.Path(__file__).with_name("freebox_api.txt")


class Unavailable(Exception):
    """There is no pip, or no network."""


def freebox_api(target):
    """The environment for a Python that imports freebox_api; `target` is cargo's folder."""
    return packages(target, "freebox-api", FREEBOX_API)


def packages(target, name, requirements):
    """The environment for a Python that imports what a file requires, kept by this name."""
    folder = target / "interop" / f"{name}-{platform.python_version()}-{platform.machine()}"
    stamp = folder / "installed.txt"
    if not stamp.exists() or stamp.read_text() != requirements.read_text():
        install(folder, requirements)
    return {**os.environ, "PYTHONPATH": str(folder), "PYTHONNOUSERSITE": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def install(folder, requirements):
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Elsewhere first: whoever is stopped half-way leaves nothing that looks installed.
    with tempfile.TemporaryDirectory(dir=folder.parent) as new:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input",
               "--timeout", "20", "--retries", "2", "--only-binary", ":all:", "--no-deps", "--target",
               f"{new}/packages", "--requirement", requirements]
        try:
            # pip speaks of running as root, which does no harm to a folder of its own.
            done = subprocess.run(pip, env={**os.environ, "PIP_ROOT_USER_ACTION": "ignore"}, text=True,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  timeout=300)
        except subprocess.TimeoutExpired:
            raise Unavailable("pip did not end within five minutes") from None
        if done.returncode != 0:
            raise Unavailable((done.stdout.strip().splitlines() or ["pip failed"])[-1])
        fetched = pathlib.Path(new) / "packages"
        (fetched / "installed.txt").write_text(requirements.read_text())
        shutil.rmtree(folder, ignore_errors=True)
        fetched.rename(folder)
