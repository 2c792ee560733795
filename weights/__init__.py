"""Trained weights that ship with the codec; `MODEL_CARD.md` says what they are and how they were made."""
