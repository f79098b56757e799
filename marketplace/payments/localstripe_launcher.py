# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts localstripe on the loopback address only. A program of its own, under localstripe's licence.

Run by the interpreter of `.venv-localstripe`, never imported by the application. localstripe's own
command binds every interface and keeps its state as a pickle in a folder that everybody shares;
here it binds 127.0.0.1 and keeps nothing.
"""

import sys

from aiohttp import web  # type: ignore[import-not-found, unused-ignore]
from localstripe import resources, server


def main(port: int) -> None:
    """Serve until terminated."""
    resources.Store.dump_to_disk = lambda _store: None
    web.run_app(server.app, host="127.0.0.1", port=port, print=None)


if __name__ == "__main__":
    main(int(sys.argv[1]))
