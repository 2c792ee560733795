"""Records whose content tells which they are, for all tests of reading them."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest

from btcnet_jax.errors import MissingExtraError

SHARDS, PER_SHARD, SIDE, BANDS = 3, 7, 16, 5


@pytest.fixture(scope="module")
def records():
    return pytest.importorskip("data_pipeline.records", exc_type=MissingExtraError)


@pytest.fixture(scope="module")
def source(records, tmp_path_factory):
    """Records whose `minimum` is their number and whose samples tell their row and column."""
    import tensorflow as tf
    import tensorflow_datasets as tfds

    scalar = tfds.features.Scalar(np.float32)
    patch = tfds.features.Tensor(shape=(SIDE, SIDE, BANDS), dtype=np.uint16, encoding="bytes")
    features = tfds.features.FeaturesDict({"patch": patch, "minimum": scalar, "maximum": scalar})
    folder = tmp_path_factory.mktemp("records")
    paths = tuple(str(folder / f"{shard}.tfrecord") for shard in range(SHARDS))
    places = np.arange(SIDE * SIDE, dtype=np.uint16).reshape(SIDE, SIDE, 1)
    values = np.repeat(places, BANDS, axis=2)
    for shard, path in enumerate(paths):
        with tf.io.TFRecordWriter(path) as writer:
            for number in range(shard * PER_SHARD, (shard + 1) * PER_SHARD):
                example = {"patch": values, "minimum": float(number), "maximum": 999.0}
                writer.write(features.serialize_example(example))
    return records.RecordFolder(
        paths=paths,
        records=(PER_SHARD,) * SHARDS,
        features=features,
        patch_shape=(SIDE, SIDE, BANDS),
        dtype=np.dtype(np.uint16),
    )
