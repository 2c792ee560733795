"""An array that counts what is done with its elements, to hold the figures of `btcnet_jax.cost` to the code."""

import numpy as np


class CountingArray(np.ndarray):
    """Counts an operation for each element of a ufunc's result, of a sum's input, of an einsum's products and
    of what is looked up by elements; two for a clip. Where something stands in memory is found by plain
    arrays, which do not count.
    """

    operations = 0.0

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        """Any elementwise operation or reduction."""
        inputs = [_plain(one) for one in inputs]
        if out is not None:
            options["out"] = tuple(_plain(one) for one in out)
        result = getattr(ufunc, method)(*inputs, **options)
        each = 2 if ufunc.__name__ == "clip" else 1
        many = inputs[0].size if method == "reduce" else np.size(result)
        CountingArray.operations += each * many
        return out[0] if out is not None else counting(result)

    def __array_function__(self, function, types, args, options):
        """Joining arrays is free; products are not."""
        args = [_plain(one) for one in args]
        result = function(*args, **{name: _plain(value) for name, value in options.items()})
        if function is np.einsum:
            CountingArray.operations += np.broadcast(*args[1:]).size
        elif function is np.where:
            CountingArray.operations += result.size
        elif function is np.clip:
            CountingArray.operations += 2 * result.size
        return counting(result)

    def take(self, indices, **options):
        """A lookup where the index is a result, a neighbor where it is a place."""
        if isinstance(indices, CountingArray):
            CountingArray.operations += indices.size
        return counting(_plain(self).take(_plain(indices), **options))

    def __getitem__(self, index):
        """As of `take`."""
        whole = index if isinstance(index, tuple) else (index,)
        looked_up = [one.size for one in whole if isinstance(one, CountingArray)]
        CountingArray.operations += max(looked_up, default=0)
        return counting(_plain(self)[_plain(index)])


def counting(values):
    """The same array, counted from here on; anything else as it is."""
    return values.view(CountingArray) if isinstance(values, np.ndarray) else values


def _plain(values):
    if isinstance(values, (tuple, list)):
        return type(values)(_plain(one) for one in values)
    return values.view(np.ndarray) if isinstance(values, CountingArray) else values
