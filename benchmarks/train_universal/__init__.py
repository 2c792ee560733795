"""Trains the weights of the universal codec, stage by stage; `python -m benchmarks.train_universal --help`."""
