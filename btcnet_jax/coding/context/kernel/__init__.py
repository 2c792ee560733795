"""The context model, quantization and coding of symbols as compiled integer kernels.

All but `arrays` import numba, which takes half a second: so these modules are imported where they are called,
by `ContextCoder`. Nothing in them allocates for each coefficient, and the GIL is released. What they compute
is described at the package above; machine code of `coding` and `planes`, which Python calls, is kept on disk
(`compiling`).

Names: k, p, d and row are component, position, diagonal and row of a coefficient, i the index of its place in a
stored plane; f the factors of its expectation, m magnitudes around it, q the patterns of its block.
"""
