"""Writes the golden model: a small untrained network, saved as trainings do, for all environments to read.

python tests/streams/golden_model.py FOLDER    # a new run's folder; where the environment has the extra [train]
"""

import sys
import zipfile
from pathlib import Path

from btcnet_jax import checkpoints
from btcnet_jax.config import Config, ModelConfig, V1Config
from btcnet_jax.models.initialization import init_params
from btcnet_jax.models.prior_tables import make_tables

PATH = Path(__file__).parent / "model_learned.zip"
BANDS = 5


def main(folder: Path) -> None:
    """Save the model in a run's folder, and that in the archive."""
    sizes = {"bands": BANDS, "latent_channels": 3, "v1": V1Config(width=2, growth=1, blocks=1)}
    model = ModelConfig(architecture="v1", quantizer="learned", rate_levels=2, **sizes)
    params = init_params(model, 0)
    with checkpoints.CheckpointWriter(folder, keep=1) as writer:
        arrays = {"params": params, "tables": make_tables(model, params)}
        writer.save(0, arrays, Config(model=model).to_dict(), None)
    with zipfile.ZipFile(PATH, "w", zipfile.ZIP_LZMA) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
