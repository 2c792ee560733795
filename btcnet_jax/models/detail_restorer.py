"""The detail restorer of SPHR: a three-level U of DRAM blocks at the resolution of the scene.

Source: BTC-Net V2 (IEEE 2026), decoder.
"""

from functools import partial

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float

from btcnet_jax.models.attention import DRAM
from btcnet_jax.models.layers import UpSampler, conv


class DetailRestorer(nn.Module):
    """A three-level U-shaped network of DRAM blocks around a skip: (b, h, w, c) to (b, h, w, c or outputs).

    h and w are multiples of 4.

    Attributes:
        features: width of the first level.
        gamma: expansion of the feed-forward modules.
        channels: of the input; those after them are zeros, in the output too.
        outputs: channels of a result that the input is not added to; 0 for the published restorer.
        mean: attention averages over the pixels.
        remat: compute each block again for its gradient instead of storing what is inside.
    """

    features: int
    gamma: int
    channels: int
    mean: bool = False
    remat: bool = False
    outputs: int = 0

    @nn.compact
    def __call__(self, s: Float[Array, "b h w c"]) -> Float[Array, "b h w restored"]:
        width = self.features
        block = partial(nn.remat(DRAM) if self.remat else DRAM, self.gamma, self.mean)
        a = conv(s, width, "conv_feature", inputs=self.channels)
        r1 = block(name="dram_down_1")(a)
        d1 = conv(r1, 2 * width, "downsample_1", stride=2)
        r2 = block(name="dram_down_2")(d1)
        # d1, not r2: the published code feeds the undressed d1, and published weights expect it.
        d2 = conv(d1, 4 * width, "downsample_2", stride=2)
        u2 = UpSampler(2 * width, 2, name="upsample_2")(block(name="dram_mid")(d2))
        u2 = conv(jnp.concatenate([r2, u2], -1), 2 * width, "fully_connected", size=1)
        u2 = block(name="dram_up_2")(u2)
        u1 = UpSampler(width, 2, name="upsample_1")(u2)
        o = block(name="dram_up_1")(jnp.concatenate([r1, u1], -1))
        o = block(name="dram_last")(o)
        if self.outputs:
            return conv(o, self.outputs, "conv_last")
        return conv(o, self.channels, "conv_last", outputs=s.shape[-1]) + s
