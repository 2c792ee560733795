"""Samples within a bound of their error: each is predicted from decoded ones, its error quantized and coded.

Bands are coded one after another, lines from the top. A sample's prediction is a linear combination of decoded
neighbors in its own band and in earlier ones (`arrays.NEIGHBORS`), as in CCSDS-123.0-B-2; but its weights are
those of least squares over what was decoded before, found anew every few lines (`regression`), not those of a
gradient. The error is quantized to steps of 2 E + 1 within the loop, so that no sample is restored further
than E from what it was. Symbols are coded bit by bit by adaptive binary contexts (`symbols`) with the range
coder of `coding/context/kernel`. All of it is arithmetic of whole numbers: docs/FORMAT_CODING.md, section 12.
"""
