"""WHU-Hi: three scenes from a UAV."""

from data_pipeline.builders.base import SceneBuilder
from data_pipeline.sensors import HAN_CHUAN, HONG_HU, LONG_KOU
from data_pipeline.tf_setup import tfds

_PLACES = {"long_kou": "LongKou", "han_chuan": "HanChuan", "hong_hu": "HongHu"}
_SENSORS = {sensor.key: sensor for sensor in (LONG_KOU, HAN_CHUAN, HONG_HU)}


class WhuHi(SceneBuilder):
    """One scene of 270 or 274 bands a configuration: long_kou, han_chuan, hong_hu."""

    BUILDER_CONFIGS = [  # noqa: RUF012 - TFDS wants a list
        tfds.core.BuilderConfig(name=key, description=_SENSORS[key].name) for key in _PLACES
    ]
    description = f"Patches of one WHU-Hi scene. {LONG_KOU.source}"
    citation = (
        "Zhong et al., WHU-Hi: UAV-borne hyperspectral with high spatial resolution (H2) benchmark"
        " datasets and classifier for precise crop identification based on deep convolutional"
        " neural network with CRF, Remote Sensing of Environment 250, 2020"
    )
    homepage = "WHU-Hi page of the RSIDEA group, Wuhan University"
    license_text = (
        "Free for academic use with citation, by its publisher's page; ask for other use."
    )
