"""One experiment a file; its docstring holds the command, the hardware, the time and the score."""
