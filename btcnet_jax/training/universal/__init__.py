"""Trains the weights of the universal codec, stage by stage; `main.py train-universal --help`."""
