"""What there is to run: `nox -l` lists it, `nox -s NAME` runs one, `nox` runs the checks."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import nox
from nox.virtualenv import HAS_UV, UV

nox.needs_version = ">=2024.10.9"
nox.options.sessions = ["lint", "types", "tests", "wheel"]
nox.options.reuse_existing_virtualenvs = True
# Where nox was installed as `nox[uv]`, environments take seconds; without uv they take minutes.
nox.options.default_venv_backend = "uv|virtualenv"

ROOT = Path(__file__).parent
CACHE = ROOT / ".cache"
VENDOR = ("1.1.0", "1.3.6")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PROJECT = nox.project.load_toml("pyproject.toml")
GENERATORS = ("generate_sync", "generate_raw", "generate_types")
# One or more tests of each library whose lower bound is declared, and none that only reads sources.
OLDEST = [
    "tests/unit",
    "--ignore=tests/unit/test_house_rules.py",
    "--ignore=tests/unit/test_imports.py",
    "tests/reliability/test_connections.py",
    "tests/reliability/test_observe.py",
    "tests/reliability/test_on_the_wire.py",
    "tests/reliability/test_timeouts.py",
    "tests/cli/test_commands.py",
    "tests/ingest/test_manifests.py",
    "tests/ingest/test_discovery.py",
    "tests/ingest/test_media_check.py",
    "tests/sandbox/test_media_film.py",
    "tests/sandbox/test_media_schema.py",
]


def group(*names: str) -> list[str]:
    return list(nox.project.dependency_groups(PROJECT, *names))


def environment(session: nox.Session, home: Path, python: str, *packages: str) -> None:
    """An environment of this Python beside those of nox, with these packages."""
    made = str(home / "bin" / "python")
    if not Path(made).exists():
        make = [UV, "venv", "-q", "--python", python] if HAS_UV else [python, "-m", "venv"]
        session.run_install(*make, "--clear", str(home), external=True)
    install = [UV, "pip", "install", "--python", made] if HAS_UV else [made, "-m", "pip", "install"]
    session.run_install(*install, "-q", *packages, external=True)


def checks(session: nox.Session) -> tuple[Path, dict[str, str]]:
    """Where the programs of `types` and `tests` are, and the variables to run them with.

    The two share an environment, since both need everything.
    """
    home = CACHE / "checks" / "{}.{}".format(*sys.version_info)
    needed = group("test", "contract", "types", "lint")
    # pip fetches the films of the demo.
    environment(session, home, sys.executable, "-e", ".[all]", "pip", *needed)
    path = os.pathsep.join([str(home / "bin"), os.environ["PATH"]])
    return home / "bin", {"PATH": path, "VIRTUAL_ENV": str(home)}


def vendor_interpreters(session: nox.Session) -> dict[str, str]:
    """The environment variables that name a Python with each version of the vendor's SDK."""
    found: dict[str, str] = {}
    for version in VENDOR:
        home = CACHE / "vendor" / version
        if not (home / "done").exists():
            environment(session, home, sys.executable, f"twelvelabs=={version}")
            (home / "done").touch()
        found[f"TWELVELABS_VENDOR_{version.replace('.', '')}"] = str(home / "bin" / "python")
    return found


def other_pythons(session: nox.Session) -> str:
    """More interpreters, for the tests of the bridge."""
    found: list[str] = []
    for version in PYTHONS[1:]:
        name = interpreter(version)
        if name is None:
            continue
        home = CACHE / "pythons" / version
        if not (home / "done").exists():
            environment(session, home, name, "-e", ".", "gevent")
            (home / "done").touch()
        found.append(str(home / "bin" / "python"))
    return os.pathsep.join(found)


@cache  # each look-up starts interpreters
def interpreter(version: str) -> str | None:
    """A Python of this version that runs: pyenv's shims are there also for those that do not."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    installed = sorted(versions.glob(f"{version}.*/bin/python")) if versions.is_dir() else []
    for found in (*map(str, reversed(installed)), shutil.which(f"python{version}")):
        if found and subprocess.run([found, "-c", ""], capture_output=True).returncode == 0:
            return found
    return None


# Else each of the programs that tests start would compile all that it imports.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# nox looks for interpreters on PATH, where pyenv has shims that run none but the chosen versions.
os.environ["PATH"] = os.pathsep.join(
    [
        os.environ["PATH"],
        *(str(Path(found).parent) for version in PYTHONS if (found := interpreter(version))),
    ]
)


@nox.session
def demo(session: nox.Session) -> None:
    """Run the main job on real films in the sandbox: `nox -s demo -- [FILM ...] [--live]`."""
    session.install("-e", ".[sandbox,cli]", "pip")  # which fetches the films
    session.run("twelvelabs-async", "demo", *session.posargs)


@nox.session(venv_backend="none")
def tests(session: nox.Session) -> None:
    """Run all tests with this Python; arguments go to pytest."""
    programs, env = checks(session)
    with ThreadPoolExecutor() as pool:  # pip works on one core
        pythons = pool.submit(other_pythons, session)
        env |= vendor_interpreters(session)
        env["TWELVELABS_PYTHONS"] = pythons.result()
    # Three for two cores, since some of the time goes in waiting for other programs. A file stays
    # in one process, since its tests share a sandbox; `tests/conftest.py` says which are first.
    distributed = ["-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"]
    session.run(str(programs / "pytest"), *distributed, *session.posargs, env=env, external=True)


@nox.session(python=PYTHONS)
def matrix(session: nox.Session) -> None:
    """Run the tests that need no other program under each Python that is present."""
    session.install("-e", ".[all]", *group("test", "lint"))  # ruff writes the generated code
    folders = ["unit", "sync", "reliability", "upload", "cli", "ingest", "sandbox"]
    paths = session.posargs or [f"tests/{folder}" for folder in folders]
    env = {
        **vendor_interpreters(session),
        "TWELVELABS_PYTHONS": "",
        "TWELVELABS_EVERY_VARIANT": "1",
    }
    session.run("pytest", "-q", "-n", "2", "--dist", "loadfile", *paths, env=env)


@nox.session
def oldest(session: nox.Session) -> None:
    """Run tests with the oldest version of each library that the package and its extras allow."""
    extras = PROJECT["project"]["optional-dependencies"]
    needed = [*PROJECT["project"]["dependencies"]]
    needed += [bound for name, bounds in extras.items() if name != "all" for bound in bounds]
    needed.append("opentelemetry-sdk>=1.31")  # it wants the API of its own version
    bounds = [bound.replace(">=", "==") for bound in needed]
    # anyio brings a plugin that later versions of pytest warn about.
    session.install("-e", ".[all]", *bounds, *group("test"), "pytest<9")
    session.run("pytest", "-n", "3", "--dist", "loadfile", *(session.posargs or OLDEST))


@nox.session
def canary(session: nox.Session) -> None:
    """Run the unit tests with the newest pre-releases of the libraries whose insides matter."""
    session.install("-e", ".[all]", *group("test"))
    session.install("--pre", "--upgrade", "aiohttp", "anyio", "cattrs", "av")
    session.run("pytest", "-q", "-n", "2", *(session.posargs or ["tests/unit"]))


WITHOUT_IO_ELSEWHERE = [
    "tests/contract/test_vendor_modules.py",
    "tests/reliability/test_observe.py",
    "tests/reliability/test_tracing.py",
    "tests/test_cassettes.py",
    "tests/upload/test_plan.py",
]
"""Tests of modules without I/O beside those of `tests/unit`."""


@nox.session
def coverage(session: nox.Session) -> None:
    """Measure which lines of the modules without input and output are run by their tests."""
    session.install("-e", ".[all]", *group("test", "coverage"))
    session.run(
        "coverage", "run", "--branch", "--source=twelvelabs_async", "-m",
        "pytest", "-q", *(session.posargs or ["tests/unit", *WITHOUT_IO_ELSEWHERE]),
    )  # fmt: skip
    session.run("coverage", "report", "--show-missing", "--include", ",".join(without_io()))


def without_io() -> list[str]:
    """The modules of the runtime, and the top ones, that import nothing to wait or to touch files.

    The sources decide, so that a new or renamed module is measured without being listed.
    """
    waits = re.compile(
        r"^\s*(import|from) (aiohttp|anyio|asyncio|concurrent|os|pathlib|select|signal|socket|ssl"
        r"|subprocess|tempfile|threading)\b",
        re.MULTILINE,
    )
    package = ROOT / "twelvelabs_async"
    modules = [*package.glob("*.py"), *package.glob("_runtime/*.py")]
    modules.append(package / "multipart_upload" / "_engine" / "plan.py")
    return [
        str(path.relative_to(ROOT)) for path in modules if not waits.search(path.read_text("utf-8"))
    ]


@nox.session(venv_backend="none")
def types(session: nox.Session) -> None:
    """Check types by mypy and pyright: the package, generated code included; tests and examples."""
    programs, env = checks(session)

    def run(name: str, *arguments: str) -> None:
        session.run(str(programs / name), *arguments, env=env, external=True)

    def mypy_and_completeness() -> None:
        run("mypy", "twelvelabs_async", "tests", "examples")
        # It fails below 100 %: every public name has a type that all checkers infer alike.
        run("pyright", "--verifytypes", "twelvelabs_async", "--ignoreexternal")

    # Each takes one core.
    with ThreadPoolExecutor() as pool:
        beside = pool.submit(mypy_and_completeness)
        # For the Python that runs this, not for the one pyright would find first.
        run("pyright", "--pythonversion", "{}.{}".format(*sys.version_info))
        beside.result()


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format, and that the generated code is up to date."""
    session.install("-e", ".", *group("lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    for name in GENERATORS:
        session.run("python", "-m", f"tools.{name}", "--check")


@nox.session
def sync(session: nox.Session) -> None:
    """Generate the blocking client and the tables of types; `-- --check` only compares."""
    session.install("-e", ".", *group("lint"))
    for name in GENERATORS:
        session.run("python", "-m", f"tools.{name}", *session.posargs)


@nox.session
def wheel(session: nox.Session) -> None:
    """Build the wheel, check its metadata, install it where no source tree is, and use it."""
    session.install("build[uv]", "twine")
    built = Path(session.create_tmp()).resolve()
    for old in built.iterdir():
        if old.suffix in (".whl", ".gz"):
            old.unlink()
    session.run("python", "-m", "build", "--installer", "uv", "--outdir", str(built), silent=True)
    (made,) = built.glob("*.whl")
    session.run("twine", "check", "--strict", str(made), *map(str, built.glob("*.tar.gz")))
    session.install("--force-reinstall", str(made))
    session.run("python", "-I", "-m", "twelvelabs_async", "--version")  # also without an extra
    session.install(f"{made}[sandbox,cli]")
    smoke = ROOT / "tests" / "wheel_smoke.py"
    session.chdir(built)
    session.run("python", "-I", str(smoke))


@nox.session
def soak(session: nox.Session) -> None:
    """Keep 64 tasks busy behind faults, and report what leaks: `-- --seconds 600`."""
    session.install("-e", ".[sandbox]")
    session.run("python", "benchmarks/soak.py", *(session.posargs or ["--seconds", "60"]))


@nox.session
def bench(session: nox.Session) -> None:
    """Measure the client beside the vendor's SDK and bare aiohttp; draw benchmarks/results.svg."""
    session.install(".[all]", *group("bench"))
    session.run("python", "-m", "compileall", "-q", str(session.virtualenv.location), silent=True)
    env = vendor_interpreters(session)
    session.run("python", "benchmarks/run.py", *session.posargs, env=env)
