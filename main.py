"""One entry to everything: `python main.py COMMAND ...`, or `btcnet COMMAND ...` once installed.

Without a command it trains: `python main.py --config configs/aviris.py`.
"""

from btcnet_cli.main import main, run

__all__ = ["main", "run"]

if __name__ == "__main__":
    main()
