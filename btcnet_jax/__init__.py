"""btcnet_jax: a hyperspectral image codec in JAX, and the networks BTC-Net V1 and V2.

    import btcnet_jax as bt

    data = bt.load().compress(scene, bt.Rate(0.1))  # or bt.load("runs/tiny"), a model of your own
    scene = bt.decompress(data)

What is named here is imported when it is first used, so that `import btcnet_jax` costs nothing.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from btcnet_jax.codec import (
        Bound,
        Codec,
        Level,
        Limits,
        Psnr,
        Rate,
        Sam,
        compress,
        decompress,
        load,
    )
    from btcnet_jax.codec import open_file as open
    from btcnet_jax.codec.plan_file import Plan, read_plan
    from btcnet_jax.codec.planning import plan
    from btcnet_jax.errors import BtcnetError
    from btcnet_jax.scene import Scene

__version__ = "0.3.0"

__all__ = [
    "Bound",
    "BtcnetError",
    "Codec",
    "Level",
    "Limits",
    "Plan",
    "Psnr",
    "Rate",
    "Sam",
    "Scene",
    "compress",
    "decompress",
    "load",
    "open",
    "plan",
    "read_plan",
]

_PLACES = {
    "BtcnetError": ("btcnet_jax.errors", "BtcnetError"),
    "Scene": ("btcnet_jax.scene", "Scene"),
    "open": ("btcnet_jax.codec", "open_file"),
    "Plan": ("btcnet_jax.codec.plan_file", "Plan"),
    "plan": ("btcnet_jax.codec.planning", "plan"),
    "read_plan": ("btcnet_jax.codec.plan_file", "read_plan"),
    **{
        name: ("btcnet_jax.codec", name)
        for name in (
            "Bound",
            "Codec",
            "Level",
            "Limits",
            "Psnr",
            "Rate",
            "Sam",
            "compress",
            "decompress",
            "load",
        )
    },
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _PLACES[name]
    value = getattr(importlib.import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
