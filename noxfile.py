"""What there is to run: `nox -l` lists it, `nox -s NAME` runs one, `nox` runs the checks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2024.10.9"
nox.options.sessions = ["lint", "types", "tests", "oldest", "wheel"]
nox.options.reuse_existing_virtualenvs = True

ROOT = Path(__file__).parent
CACHE = ROOT / ".cache"
VENDOR = ("1.1.0", "1.3.6")
PROJECT = nox.project.load_toml("pyproject.toml")


def group(*names: str) -> list[str]:
    return nox.project.dependency_groups(PROJECT, *names)


def vendor_interpreters(session: nox.Session) -> dict[str, str]:
    """The environment that tells the tests where each version of the vendor's SDK is."""
    found: dict[str, str] = {}
    for version in VENDOR:
        home = CACHE / "vendor" / version
        python = home / "bin" / "python"
        if not python.exists():
            session.run_install(sys.executable, "-m", "venv", str(home), external=True)
        if not (home / "done").exists():
            session.run_install(
                str(python), "-m", "pip", "install", "-q", f"twelvelabs=={version}", external=True
            )
            (home / "done").touch()
        found[f"TWELVELABS_VENDOR_{version.replace('.', '')}"] = str(python)
    return found


def other_pythons(session: nox.Session) -> str:
    """The interpreters that the tests of the bridge run under beside their own."""
    found: list[str] = []
    for version in ("3.12", "3.13"):
        name = interpreter(version)
        if name is None:
            continue
        home = CACHE / "pythons" / version
        python = home / "bin" / "python"
        if not (home / "done").exists():
            session.run_install(name, "-m", "venv", "--clear", str(home), external=True)
            session.run_install(str(python), "-m", "pip", "install", "-q", "-e", ".", external=True)
            (home / "done").touch()
        found.append(str(python))
    return os.pathsep.join(found)


def interpreter(version: str) -> str | None:
    """A Python of this version that runs: pyenv's shims are there also for those that do not."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    installed = sorted(versions.glob(f"{version}.*/bin/python")) if versions.is_dir() else []
    for found in (*map(str, reversed(installed)), shutil.which(f"python{version}")):
        if found and subprocess.run([found, "-c", ""], capture_output=True).returncode == 0:
            return found
    return None


@nox.session
def demo(session: nox.Session) -> None:
    """Run the main job on real films in the sandbox: `nox -s demo -- [FILM ...] [--live]`."""
    session.install("-e", ".[sandbox,cli]")
    session.run("twelvelabs-async", "demo", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run all tests with this Python; arguments go to pytest."""
    session.install("-e", ".[all]", *group("test", "types", "lint"))
    env = vendor_interpreters(session)
    env["TWELVELABS_PYTHONS"] = other_pythons(session)
    # Most of the time goes in waiting for other programs; a file stays in one process, since its
    # tests share a sandbox.
    session.run("pytest", "-n", "3", "--dist", "loadfile", *session.posargs, env=env)


@nox.session(python=["3.11", "3.12", "3.13"])
def matrix(session: nox.Session) -> None:
    """Run the tests that need no other program under each Python that is present."""
    session.install("-e", ".[all]", *group("test"))
    paths = session.posargs or ["tests/unit", "tests/sync", "tests/reliability", "tests/upload"]
    session.run("pytest", "-q", *paths, env={"TWELVELABS_PYTHONS": ""})


@nox.session
def oldest(session: nox.Session) -> None:
    """Run the core's tests with the oldest libraries that are declared to do."""
    bounds = [needed.replace(">=", "==") for needed in PROJECT["project"]["dependencies"]]
    # anyio brings a plugin that later versions of pytest complain of.
    session.install("-e", ".[all]", *bounds, *group("test"), "pytest<9")
    paths = session.posargs or ["tests/unit", "tests/reliability"]
    session.run("pytest", "-n", "3", "--dist", "loadfile", *paths)


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of the package, generated code included, by mypy and pyright."""
    session.install("-e", ".[all]", *group("types"))
    session.run("mypy")
    session.run("pyright")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format, and that the generated code is up to date."""
    session.install("-e", ".", *group("lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("python", "-m", "tools.generate_sync", "--check")


@nox.session
def sync(session: nox.Session) -> None:
    """Write the blocking client anew from the asyncio one; `-- --check` only compares."""
    session.install("-e", ".", *group("lint"))
    session.run("python", "-m", "tools.generate_sync", *session.posargs)


@nox.session
def wheel(session: nox.Session) -> None:
    """Build the wheel, install it where the source tree cannot be seen, and use it."""
    session.install("build")
    built = Path(session.create_tmp()).resolve()
    for old in built.glob("*.whl"):
        old.unlink()
    session.run("python", "-m", "build", "--wheel", "--outdir", str(built), silent=True)
    (made,) = built.glob("*.whl")
    session.install("--force-reinstall", f"{made}[sandbox,cli]")
    smoke = ROOT / "tests" / "wheel_smoke.py"
    session.chdir(built)
    session.run("python", "-I", str(smoke))


@nox.session
def soak(session: nox.Session) -> None:
    """Keep 64 tasks busy behind faults, and look at what is left: `-- --seconds 600`."""
    session.install("-e", ".[sandbox]")
    session.run("python", "benchmarks/soak.py", *(session.posargs or ["--seconds", "60"]))


@nox.session
def bench(session: nox.Session) -> None:
    """Measure us beside the vendor's SDK and bare aiohttp; draw benchmarks/results.svg."""
    session.install(".[all]", *group("bench"))
    session.run("python", "-m", "compileall", "-q", str(session.virtualenv.location), silent=True)
    env = vendor_interpreters(session)
    session.run("python", "benchmarks/run.py", *session.posargs, env=env)
