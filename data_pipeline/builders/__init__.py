"""The benchmarks as TFDS builders: publishers' files in, TFRecords of patches out.

TensorFlow is imported by `tf_setup` and by the builders' own modules, not here: what finds, checks
and cuts scenes needs numpy only.
"""
