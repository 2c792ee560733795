"""Compressed scenes as arrays of other libraries: xarray opens files, Zarr and numcodecs code chunks.

Nothing here needs to be imported: the libraries find it by its entry points (setup.cfg).
"""
