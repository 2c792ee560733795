"""Entropy coding of latent symbols: exact integer tables, a range coder. Needs no JAX."""
