"""The encoder as it flies: in integers, line by line, exported, with what it costs."""
