"""Rate-distortion benchmark: peer codecs, curves and tasks, on real scenes and the bytes of real files.

May import `btcnet_jax` and `data_pipeline`; neither imports it.
"""
