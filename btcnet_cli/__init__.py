"""The commands behind `main.py` and `btcnet`: one file per command, each imported only when it is run."""
