"""The benchmarks as TFDS builders: publishers' files in, TFRecords of patches out.

TensorFlow is imported by the builders' own modules, not here: what finds, checks
and cuts scenes needs numpy only.
"""
