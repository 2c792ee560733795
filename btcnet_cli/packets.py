"""Cut a compressed file into packets for a link that loses some, and put it together again.

examples:
  btcnet packets scene.btcn scene.packets
  btcnet packets received.packets scene.btcn --join
  btcnet decompress scene.btcn scene.hdr --salvage     # where tiles were lost
  receive | btcnet packets - scene.btcn --join         # - is standard input, or standard output

Each packet has a sync word, its number and a checksum, and is whole or not by itself: a tile, or all that comes
before the tiles, which is sent twice. A flipped bit costs the packet that it is in. --join takes packets in any
order, with anything between them; it tells which tiles are lost, and the exit status is 1 where some are.
"""

import argparse
import io
from pathlib import Path

from btcnet_cli.outputs import require_compressed_name, require_safe_output
from btcnet_cli.report import about
from btcnet_cli.streams import is_standard, read_standard, words_aside, write_standard


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("input", type=Path, help="a .btcn file; with --join packets; or -")
    parser.add_argument("output", type=Path, help="file to write, or -")
    parser.add_argument("--join", action="store_true", help="put the file together again")


def run(arguments: argparse.Namespace) -> int:
    """Cut or join, and say what came of it."""
    source, output = arguments.input, arguments.output
    if not is_standard(output):
        require_safe_output(output, source)
        require_compressed_name(output, ".btcn" if arguments.join else ".packets")
    with words_aside(output):
        return _join(source, output) if arguments.join else _cut(source, output)


def _cut(source: Path, output: Path) -> int:
    from btcnet_jax.container.packets import cut_packets

    with about(source):
        packets = list(cut_packets(io.BytesIO(_read(source))))
    data = b"".join(packets)
    _write(output, data)
    longest = max(map(len, packets))
    print(f"{_name(output)}: {len(packets)} packets, {len(data):,} bytes, the longest {longest:,}")
    return 0


def _join(source: Path, output: Path) -> int:
    from btcnet_jax.container.packets import join_packets

    with about(source):
        data, done = join_packets(_read(source))
    _write(output, data)
    if not (done.lost or done.end_lost):
        print(f"{_name(output)}: {done.packets} packets, all of them whole")
        return 0
    what = [f"tiles {', '.join(map(str, done.lost))}"] if done.lost else []
    what += ["how many lines there were"] if done.end_lost else []
    count = len(done.lost) + done.end_lost
    print(
        f"{_name(output)}: {count} of {done.packets} packets are lost, {' and '.join(what)}: decompress "
        "the rest with --salvage"
    )
    return 1


def _read(source: Path) -> bytes:
    from btcnet_jax.files import read_file

    return read_standard() if is_standard(source) else read_file(source)


def _write(output: Path, data: bytes) -> None:
    from btcnet_jax.files import write_atomically

    write_standard(data) if is_standard(output) else write_atomically(output, data)


def _name(output: Path) -> str:
    return "standard output" if is_standard(output) else str(output)
