"""Entries of a synthesis matrix as compiled code: what `entry_prediction` and `entry_coding` do, in 64 bits.

Those two say what is computed and why, in Python's integers, which have no bounds. Here whatever could leave
64 bits is looked at before: `WIDE` is the outcome then, and all is done again by them. Scenes do not ask for
that: a step is the noise of a plane, and hardly an entry has a million of them. So the bytes are the same,
whichever did it; no stream depends on the bounds.
"""
