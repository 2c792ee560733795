"""Hyperspectral data on the host: scenes read and written, synthetic scenes, patches for training.

Never imports jax or the models; hands numpy arrays to whoever asks.
"""
