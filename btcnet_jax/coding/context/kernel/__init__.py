"""The context model, quantization and coding of symbols as compiled integer kernels.

Nothing in them allocates for each coefficient, and the GIL is released. What they compute is described at the
package above; machine code of `coding` and `planes`, which Python calls, is kept on disk (`compiling`). Once it
is there it is called without numba (`machine_code`), which takes a second to import and to start.

Names: k, p, d and row are component, position, diagonal and row of a coefficient, i the index of its place in a
stored plane; f the factors of its expectation, m magnitudes around it, q the patterns of its block.
"""
