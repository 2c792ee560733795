"""Object code of a function that calls a kernel with what lies in a block of memory.

A kernel takes hundreds of numbers, which ctypes would convert one by one: so it gives the address of a block.
"""

from typing import Any

CALL = "btcnet_call"
"""The function's name: of the block's address; gives what the kernel says of how it went."""

OUTCOME = 0
"""Place in the block, of 64-bit integers, that takes what the kernel gives."""
ARGUMENTS = 2
"""Place of its first argument, behind one for what it raises."""


def block_caller(compiled: Any) -> bytes:
    """Object code for this processor.

    Args:
        compiled: numba's result of compiling the kernel.
    """
    from llvmlite import binding, ir

    packer = compiled.target_context.get_arg_packer(compiled.fndesc.argtypes)
    int64, status = ir.IntType(64), ir.IntType(32)
    pointer = int64.as_pointer()
    module = ir.Module(CALL)
    module.triple = binding.get_process_triple()
    types = [pointer, pointer, *packer.argument_types]
    kernel = ir.Function(module, ir.FunctionType(status, types), compiled.fndesc.llvm_func_name)
    call = ir.Function(module, ir.FunctionType(status, [pointer]), CALL)
    builder = ir.IRBuilder(call.append_basic_block())
    places = [builder.gep(call.args[0], [int64(place)]) for place in range(len(types))]
    loaded = [
        _as(builder, builder.load(place), kind)
        for place, kind in zip(places[ARGUMENTS:], packer.argument_types, strict=True)
    ]
    builder.ret(builder.call(kernel, [*places[:ARGUMENTS], *loaded]))
    machine = binding.Target.from_triple(module.triple).create_target_machine(
        codemodel="jitdefault", jit=True
    )
    return bytes(machine.emit_object(binding.parse_assembly(str(module))))


def _as(builder: Any, value: Any, kind: Any) -> Any:
    """What stands in a place of 64 bits, as an argument of a type."""
    from llvmlite import ir

    if isinstance(kind, ir.PointerType):
        return builder.inttoptr(value, kind)
    if isinstance(kind, ir.DoubleType):
        return builder.bitcast(value, kind)
    return value if kind == value.type else builder.trunc(value, kind)
