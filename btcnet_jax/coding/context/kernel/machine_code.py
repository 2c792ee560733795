"""Machine code of kernels on disk, called without numba, whose import and start take most of a second.

A file holds the object code that numba has made of a kernel and of all it calls, for arguments of one kind.
Its folder is named by the sources, the file by all else that the code depends on: kind, processor, versions.
The code takes plain numbers and addresses (`flat_arguments`) and needs nothing but the C library, so that LLVM
alone loads it and ctypes calls it. Where a file is missing or not as it was written, numba compiles again.
"""

import ctypes
import functools
import hashlib
import importlib.util
import os
import platform
import sys
import time
from array import array
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from btcnet_jax.coding.context.kernel.call_block import ARGUMENTS, CALL, OUTCOME, block_caller
from btcnet_jax.coding.context.kernel.code_folder import code_folder

Run = Callable[["array[int]"], Any]

_DIGEST = hashlib.sha256().digest_size
_OUTCOMES: dict[str, Callable[[int], Any]] = {
    "int64": int,
    "bool": lambda value: bool(value & 0xFF),
    "none": lambda _: None,
}
# What machine code says beside its outcome: that there is one, or that it is None.
_GIVEN = (0, -2)
# Of numba's own library and of Python: in a process without numba nobody would have told LLVM of them.
_NUMBAS = ("NRT_", "numba_", "Py", "_Py")
# A symbol of an ELF object: where its name begins, type, visibility, section (0: of another), place, size.
_SYMBOL = np.dtype("<u4, u1, u1, <u2, <u8, <u8")

_BEFORE = array("q", [0] * ARGUMENTS)
# LLVM's engines, which own the code that has been loaded.
_ENGINES: list[Any] = []


def can_be_kept() -> bool:
    """Whether this is done here: where it was tried, and with numba as it comes."""
    changed = any(name.startswith("NUMBA_") for name in os.environ)
    return not changed and sys.platform == "linux" and platform.machine() == "x86_64"


def kept(function: Callable[..., Any], kinds: str) -> Run | None:
    """A kernel from disk; None where there is none as it was written.

    Args:
        function: that was compiled.
        kinds: of its arguments, from `flat`.

    Returns:
        What gives its outcome, of the numbers from `flat`.
    """
    try:
        path = _file(function, kinds)
        data = path.read_bytes()
    except (OSError, RuntimeError):
        return None
    content = data[_DIGEST:]
    return _load(content) if _digest(path, content) == data[:_DIGEST] else None


def keep(compiled: Any, function: Callable[..., Any], kinds: str) -> Run | None:
    """A kernel that was just compiled, kept for `kept` where a folder can be written.

    Args:
        compiled: numba's result of compiling it, without what Python would call it by.
        function, kinds: as of `kept`.

    Returns:
        As of `kept`; None of what LLVM cannot load or ctypes not call.
    """
    _, _, (code, _) = compiled.library.serialize_using_object_code()
    caller = block_caller(compiled)
    told = str(compiled.signature.return_type), " ".join(_needs(code)), str(len(caller))
    content = b"\n".join([*map(str.encode, told), caller + code])
    run = _load(content)
    if run is not None:
        with suppress(OSError, RuntimeError):
            _write(_file(function, kinds), content)
    return run


def _write(path: Path, content: bytes) -> None:
    # Of a name that no process beside this has, in this or another container; seen by others when it is whole.
    whole = path.with_name(f"{path.name}.{os.getpid()}.{time.time_ns()}")
    whole.write_bytes(_digest(path, content) + content)
    whole.replace(path)


def _digest(path: Path, content: bytes) -> bytes:
    return hashlib.sha256(path.name.encode() + content).digest()


def _file(function: Callable[..., Any], kinds: str) -> Path:
    name = f"{function.__module__}.{function.__qualname__}"
    digest = hashlib.sha256("\n".join([name, kinds, *_host()]).encode()).hexdigest()
    return code_folder() / f"{function.__qualname__}-{digest[:32]}.code"


@functools.cache
def _host() -> tuple[str, ...]:
    """What machine code depends on beside its sources: what numba tells its own files apart by."""
    import llvmlite
    from llvmlite import binding

    spec = importlib.util.find_spec("numba")
    place = "" if spec is None or spec.origin is None else spec.origin
    version = Path(place).with_name("_version.py").read_text("utf-8")
    cpu = binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten()
    return version, llvmlite.__version__, binding.get_process_triple(), *cpu, sys.version


def _needs(code: bytes) -> list[str]:
    """What an object calls that is not in it."""
    from llvmlite import binding

    parts = {part.name(): part.data() for part in binding.ObjectFileRef.from_data(code).sections()}
    symbols, names = np.frombuffer(parts[b".symtab"], _SYMBOL), parts[b".strtab"]
    starts = {int(begin) for begin, _, _, section, _, _ in symbols if begin and not section}
    return sorted(names[begin : names.index(b"\0", begin)].decode() for begin in starts)


def _load(content: bytes) -> Run | None:
    from llvmlite import binding

    outcome, needs, size, code = content.split(b"\n", 3)
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    machine = binding.Target.from_default_triple().create_target_machine()
    engine = binding.create_mcjit_compiler(binding.parse_assembly(""), machine)
    # For a symbol that it cannot find LLVM ends the process; before the engine is there it finds none.
    found = all(_is_known(need) for need in needs.decode().split())
    if not found or outcome.decode() not in _OUTCOMES:
        return None
    for part in (code[int(size) :], code[: int(size)]):
        engine.add_object_file(binding.ObjectFileRef.from_data(part))
    engine.finalize_object()
    _ENGINES.append(engine)
    return _caller(engine.get_function_address(CALL), _OUTCOMES[outcome.decode()])


def _is_known(symbol: str) -> bool:
    """Whether any process can be relied on to have it: of numba's own only those with numba do."""
    from llvmlite import binding

    return not symbol.startswith(_NUMBAS) and binding.address_of_symbol(symbol) is not None


def _caller(address: int, outcome: Callable[[int], Any]) -> Run:
    """What fills a block and calls machine code with it, without the GIL."""
    function = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p)(address)

    def run(values: "array[int]") -> Any:
        block = _BEFORE + values
        if function(block.buffer_info()[0]) not in _GIVEN:
            raise RuntimeError("a kernel has raised an error")
        return outcome(block[OUTCOME])

    return run
