"""Sweeps: what is measured, kept and gone on with."""

import dataclasses
import json

import numpy as np
import pytest

from btcnet_benchmark.sweep.measure import made_of, measure
from btcnet_benchmark.sweep.results import ResultFolder, file_name
from btcnet_benchmark.sweep.run import run_sweep
from btcnet_benchmark.sweep.scenes import (
    BenchmarkScene,
    check_scenes,
    find_scenes,
    load_benchmark_scene,
)
from btcnet_benchmark.sweep.similarity import mean_ssim
from btcnet_jax.codec.target import Bound, Rate
from btcnet_jax.errors import BtcnetError, ConfigError, CubeError, DataError
from btcnet_jax.scene import Scene
from data_pipeline.writers import write_cube


class Rounding:
    """A codec that drops as many low bits as its target asks for: 16 bits at a rate of 16."""

    fixed_rate = False

    def __init__(self, name="rounding", version=1):
        self.name, self._version, self.calls = name, version, 0

    def describe(self):
        return f"drops low bits, version {self._version}"

    def prepare(self, rows, cols):
        self.prepared = (rows, cols)

    def require(self, target):
        if not isinstance(target, Rate):
            raise ConfigError("give a rate")

    def compress(self, scene, target=None, progress=None, *, tally=None):
        assert self.prepared == scene.values.shape[:2]
        self.calls += 1
        if scene.values.max() == 777:
            raise CubeError("777 cannot be coded")
        drop = 16 - int(target.bpppb)
        self._shape = scene.values.shape
        return bytes([drop]) + (scene.values >> drop).astype("<u2").tobytes()

    def decompress(self, data, progress=None):
        values = (np.frombuffer(data[1:], "<u2") << data[0]).reshape(self._shape)
        return Scene(values=values.astype(np.uint16))

    def rate_map(self, data):
        return None


@pytest.fixture
def scenes(tmp_path):
    folder = tmp_path / "scenes"
    folder.mkdir()
    for index in range(2):
        cube = np.random.default_rng(index).integers(0, 999, (9, 8, 5)).astype(np.uint16)
        cube[:, :, 2] = 7
        np.save(folder / f"scene_{index}.npy", cube)
    np.save(folder / "scene_0_labels.npy", np.eye(9, 8, dtype=np.uint8))
    return folder


def test_every_scene_and_rate_once_with_figures_of_its_own_file(scenes, tmp_path):
    results = ResultFolder(tmp_path / "out")
    paths = find_scenes([scenes])
    assert [path.name for path in paths] == ["scene_0.npy", "scene_1.npy"]
    told = []
    measured = run_sweep(
        paths, [Rounding()], [9.0, 16.0], results, progress=lambda *far: told.append(far)
    )
    assert told == [(done, 4) for done in range(5)]
    keys = [(m.scene, m.target_bpppb) for m in measured]
    assert keys == [(f"scene_{i}", rate) for i in range(2) for rate in (9.0, 16.0)]
    coarse, exact = measured[:2]
    assert (coarse.rows, coarse.cols, coarse.bands) == (9, 8, 4)  # the constant band is left out
    assert coarse.file_bytes == len(results.read_file(coarse)) == 1 + 2 * 9 * 8 * 4
    assert coarse.bpppb == pytest.approx(8 * coarse.file_bytes / (9 * 8 * 4))
    assert exact.max_error == 0
    assert exact.ssim == pytest.approx(1)
    assert 0 < coarse.max_error < 128
    assert coarse.psnr_db < 60
    auc = [t for t in coarse.tasks if t["measure"] == "roc_auc"]
    assert auc
    assert auc[0]["before"] is not None


def test_a_repeated_sweep_measures_only_what_is_missing_or_changed(scenes, tmp_path):
    paths, out = find_scenes([scenes]), tmp_path / "out"
    first = run_sweep(paths, [Rounding()], [9.0], ResultFolder(out))
    again = Rounding()
    assert run_sweep(paths, [again], [9.0], ResultFolder(out)) == first
    assert again.calls == 0
    run_sweep(paths, [again], [9.0, 12.0], ResultFolder(out))
    assert again.calls == 2
    whole = (out / first[0].file).read_bytes()
    for damaged in (b"", whole[:-1] + b"\xff"):
        (out / first[0].file).write_bytes(damaged)
        newer = Rounding()
        run_sweep(paths, [newer], [9.0], ResultFolder(out))
        assert newer.calls == 1
    other = Rounding(version=2)
    run_sweep(paths, [other], [9.0], ResultFolder(out))
    assert other.calls == 2
    np.save(scenes / "scene_1.npy", np.load(scenes / "scene_1.npy")[::-1])
    run_sweep(paths, [other], [9.0], ResultFolder(out))
    assert other.calls == 3


def test_an_interrupted_line_is_measured_again_and_a_foreign_one_refused(scenes, tmp_path):
    paths, out = find_scenes([scenes]), tmp_path / "out"
    run_sweep(paths, [Rounding()], [9.0], ResultFolder(out))
    log = out / "measurements.jsonl"
    whole = log.read_text()
    log.write_text(whole[:-40])
    codec = Rounding()
    run_sweep(paths, [codec], [9.0], ResultFolder(out))
    assert codec.calls == 1
    log.write_text('{"scene": "x"}\n' + whole)
    with pytest.raises(BtcnetError, match="line 1 is no measurement of this version"):
        ResultFolder(out)


def test_a_library_that_gives_up_is_a_failure_of_one_measurement(scenes, tmp_path, monkeypatch):
    def give_up(self, data):
        raise np.linalg.LinAlgError("Eigenvalues did not converge")

    monkeypatch.setattr(Rounding, "decompress", give_up)
    measured = run_sweep(find_scenes([scenes]), [Rounding()], [9.0], ResultFolder(tmp_path / "out"))
    assert [m.failed for m in measured] == ["Eigenvalues did not converge"] * 2


def test_a_codec_that_cannot_take_a_scene_says_why_and_the_sweep_goes_on(scenes, tmp_path):
    cube = np.load(scenes / "scene_0.npy") % 700
    cube[0, 0, 0] = 777
    np.save(scenes / "scene_0.npy", cube)
    measured = run_sweep(find_scenes([scenes]), [Rounding()], [9.0], ResultFolder(tmp_path / "out"))
    assert [m.failed for m in measured] == ["777 cannot be coded", None]
    assert measured[0].psnr_db is None


def test_tables_hold_every_measurement(scenes, tmp_path):
    results = ResultFolder(tmp_path / "out")
    measured = run_sweep(find_scenes([scenes]), [Rounding()], [9.0], results)
    csv, text, summary = results.write_tables(measured, [{"codec": "a", "bd_psnr_db": None}])
    assert summary.read_text() == "codec,bd_psnr_db\na,\n"
    assert [line.split(",")[0] for line in csv.read_text().splitlines()] == [
        *("scene", "scene_0", "scene_1")
    ]
    assert [row["psnr_db"] for row in json.loads(text.read_text())] == [m.psnr_db for m in measured]


def test_refused_scenes(scenes, tmp_path):
    with pytest.raises(DataError, match="no such scene or folder"):
        find_scenes([tmp_path / "nowhere"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="holds no scene"):
        find_scenes([tmp_path / "empty"])
    with pytest.raises(DataError, match="two scenes are called scene_0"):
        find_scenes([scenes, scenes / "scene_0.npy"])
    np.save(tmp_path / "flat.npy", np.ones((4, 4, 3)))
    with pytest.raises(DataError, match="nothing to code"):
        load_benchmark_scene(tmp_path / "flat.npy")


def test_the_variable_is_for_files_of_several_cubes_only(tmp_path):
    cube = np.random.default_rng(0).integers(0, 99, (4, 5, 3))
    np.savez(tmp_path / "several.npz", cube=cube, other=cube[:2])
    np.savez(tmp_path / "one.npz", alone=cube)
    paths = [tmp_path / "one.npz", tmp_path / "several.npz"]
    with pytest.raises(DataError, match="several cubes"):
        check_scenes(paths, None)
    check_scenes(paths, "cube")
    for path in paths:
        np.testing.assert_array_equal(load_benchmark_scene(path, "cube").scene.values, cube)


def test_bands_without_finite_samples_are_left_out(tmp_path):
    cube = np.random.default_rng(0).random((5, 6, 4), np.float32)
    cube[..., 1] = np.nan
    np.save(tmp_path / "scene.npy", cube)
    scene = load_benchmark_scene(tmp_path / "scene.npy")
    assert scene.dropped == 1
    np.testing.assert_array_equal(scene.scene.values, cube[:, :, [0, 2, 3]])


def test_bands_with_some_missing_samples_are_kept_with_what_tells_of_them(tmp_path):
    cube = np.random.default_rng(0).integers(1, 99, (6, 7, 5)).astype(np.float64)
    cube[2, 3, 0], cube[:, :3] = np.nan, -9999
    cube[..., 3] = -9999
    cube[:, 3:, 4] = 8  # One value beside the border.
    path = tmp_path / "scene.hdr"
    write_cube(path, Scene(values=cube.astype(np.float32), nodata=-9999))
    found = load_benchmark_scene(path)
    assert (found.dropped, found.scene.nodata, found.name) == (2, -9999, "scene")
    assert found.scene.valid().sum() == 3 * 6 * 4 - 1


class _Shifting(Rounding):
    """Keeps a bound by adding it to every sample; a little more to one of them where told."""

    def __init__(self, beyond=0):
        super().__init__("shifting")
        self._beyond = beyond

    def require(self, target):
        if not isinstance(target, Bound):
            raise ConfigError("give a bound")

    def compress(self, scene, target=None, progress=None, *, tally=None):
        self._shape = scene.values.shape
        values = scene.values + np.uint16(target.error)
        values[4, 5, 2] += self._beyond
        return b"\0" + values.astype("<u2").tobytes()


def test_each_codec_is_measured_at_what_it_takes(scenes, tmp_path):
    paths, results = find_scenes([scenes])[:1], ResultFolder(tmp_path / "out")
    codecs = [Rounding(), _Shifting()]
    measured = run_sweep(paths, codecs, [9.0], results, bounds=[0.0, 4.0])
    asked = [(m.codec, m.target_bpppb, m.target_error, m.max_error) for m in measured]
    assert asked[0][:3] == ("rounding", 9.0, None)
    assert asked[1:] == [("shifting", None, 0.0, 0.0), ("shifting", None, 4.0, 4.0)]
    assert len({m.file for m in measured}) == 3
    again = [Rounding(), _Shifting()]
    assert (
        run_sweep(paths, again, [9.0], ResultFolder(tmp_path / "out"), bounds=[0.0, 4.0])
        == measured
    )
    assert again[0].calls == 0


def test_a_sample_beyond_its_bound_is_a_failure_that_names_its_band(scenes, tmp_path):
    paths, results = find_scenes([scenes])[:1], ResultFolder(tmp_path / "out")
    (found,) = run_sweep(paths, [_Shifting(beyond=1)], [], results, bounds=[4.0])
    assert found.failed == "its greatest error is 5, in band 2, above the bound of 4"
    assert (found.bpppb, found.file) == (None, "")


class _Garbling(Rounding):
    """Gives missing samples back as something else."""

    def compress(self, scene, target=None, progress=None, *, tally=None):
        self._valid = scene.valid()
        return super().compress(scene, target, progress, tally=tally)

    def decompress(self, data, progress=None):
        values = super().decompress(data).values
        return Scene(values=np.where(self._valid, values, 60000).astype(np.uint16))


def test_figures_are_of_the_valid_samples_and_a_new_mask_is_measured_anew(tmp_path):
    cube = np.random.default_rng(0).integers(1, 999, (14, 15, 4)).astype(np.uint16)
    mask, codec = np.ones((14, 15), bool), _Garbling()
    mask[:4, :6] = False
    scene = BenchmarkScene(
        scene=Scene(name="a", values=cube, mask=mask), labels=np.eye(14, 15, dtype=int), dropped=0
    )
    found, data = measure(scene, codec, 16.0)
    assert (found.failed, found.max_error, found.ssim) == (None, 0, pytest.approx(1))
    assert found.valid_share == pytest.approx(1 - 24 / 210)
    assert found.bpppb == 8 * len(data) / cube.size
    assert [task["after"] for task in found.tasks if task["measure"] == "roc_auc"] == [
        task["before"] for task in found.tasks if task["measure"] == "roc_auc"
    ]
    whole = dataclasses.replace(scene, scene=Scene(name="a", values=cube))
    told = dataclasses.replace(scene, scene=Scene(name="a", values=cube, nodata=0))
    assert made_of(whole, codec) == made_of(told, codec) != made_of(scene, codec)


def test_similarity_is_of_windows_without_missing_samples():
    cube = np.random.default_rng(0).integers(0, 999, (12, 20, 2))
    worse, valid = cube[::-1].copy(), np.ones(cube.shape, bool)
    valid[:, :9] = False
    worse[:, :9] = -30000
    spoiled = np.where(valid, cube, 10**6)
    rest = mean_ssim(cube[:, 9:], cube[::-1][:, 9:])
    assert mean_ssim(spoiled, worse, valid) == pytest.approx(rest, rel=1e-9)
    assert mean_ssim(cube, worse, np.zeros(cube.shape, bool)) is None
    assert mean_ssim(cube, worse, np.ones(cube.shape, bool)) == mean_ssim(cube, worse)


def test_structural_similarity_is_one_for_equal_cubes_and_less_for_noise():
    cube = np.random.default_rng(0).integers(0, 999, (12, 12, 3))
    assert mean_ssim(cube, cube) == pytest.approx(1)
    assert mean_ssim(cube, cube[::-1]) < 0.5
    assert mean_ssim(cube[:5], cube[:5]) is None


def test_file_names_are_safe_and_differ_where_names_do():
    assert file_name("a", "b", None).startswith("files/a_b_")
    assert file_name("a b/c", "K+J, x", 0.054).startswith("files/a-b-c_K+J-x_0.054_")
    alike = {file_name(name, "k", rate) for name in ("a b", "a-b") for rate in (0.1, 0.1000001)}
    assert len(alike) == 4
    bounds = {file_name("a", "k", None, bound) for bound in (0.0, 0.1, 0.1000001)}
    assert len({*bounds, file_name("a", "k", None)}) == 4
