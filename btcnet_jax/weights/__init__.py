"""Trained weights that ship with the codec, and the file they are in; see `MODEL_CARD.md`."""
