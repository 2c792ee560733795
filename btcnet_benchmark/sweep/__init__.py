"""Scenes through codecs at several rates: measured once, kept, gone on with after an interruption."""
