"""Records, written by TensorFlow, whose content tells which they are, for all tests of reading them."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest

from data_pipeline.records import RecordFolder

SHARDS, PER_SHARD, SIDE, BANDS = 3, 7, 16, 5


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Records whose `minimum` is their number and whose samples tell their row and column."""
    tf = pytest.importorskip("tensorflow")
    tfds = pytest.importorskip("tensorflow_datasets")

    scalar = tfds.features.Scalar(np.float32)
    patch = tfds.features.Tensor(shape=(SIDE, SIDE, BANDS), dtype=np.uint16, encoding="bytes")
    place = tfds.features.Scalar(np.int32)
    features = tfds.features.FeaturesDict(
        {"patch": patch, "minimum": scalar, "maximum": scalar}
        | {"scene": tfds.features.Text(), "row": place, "col": place}
    )
    folder = tmp_path_factory.mktemp("records")
    paths = tuple(folder / f"{shard}.tfrecord" for shard in range(SHARDS))
    places = np.arange(SIDE * SIDE, dtype=np.uint16).reshape(SIDE, SIDE, 1)
    values = np.repeat(places, BANDS, axis=2)
    for shard, path in enumerate(paths):
        with tf.io.TFRecordWriter(str(path)) as writer:
            for number in range(shard * PER_SHARD, (shard + 1) * PER_SHARD):
                example = {"patch": values, "minimum": float(number), "maximum": 999.0}
                example |= {"scene": f"{number % 2}.npy", "row": number * 100, "col": 0}
                writer.write(features.serialize_example(example))
    return RecordFolder(paths, "train", (SIDE, SIDE, BANDS), np.dtype(np.uint16))
