"""The program ``twelvelabs-async``, also ``python -m twelvelabs_async``."""

from __future__ import annotations

import sys

from ._version import __version__


def main() -> None:
    """Run the program; its exit code is 0 for done, 1 for an error, 2 for wrong usage."""
    try:
        from .cli.app import app
        from .cli.console import prepare_streams
    except ModuleNotFoundError as error:
        if error.name not in ("typer", "rich"):
            raise
        if sys.argv[1:] == ["--version"]:  # what a report of a fault needs
            print(f"twelvelabs-async {__version__}")
            return
        sys.exit("the command line needs an extra: python -m pip install 'twelvelabs-async[all]'")
    prepare_streams()
    app(prog_name="twelvelabs-async")


if __name__ == "__main__":
    main()
