"""The options that say which array is the cube and how it lies in its file, for commands that read one."""

import argparse


def add_cube_options(parser: argparse.ArgumentParser) -> None:
    """Declare --variable and --axes."""
    parser.add_argument("--variable", help="which array, in files that hold several cubes")
    parser.add_argument(
        "--axes",
        metavar="A,B,C",
        help="what the array's axes are as they are stored, such as rows,bands,cols, where the file does not "
        "say it (ENVI and GeoTIFF count as bands,rows,cols)",
    )
