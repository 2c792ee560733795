"""One entry to everything: `python main.py COMMAND ...`, or `btcnet COMMAND ...` once installed.

Without a command it trains: `python main.py --config configs/aviris.py`.
"""

import sys

from btcnet_cli.main import run

__all__ = ["run"]

if __name__ == "__main__":
    sys.exit(run())
