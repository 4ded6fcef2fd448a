"""The writer process: a program of the registry (`totebox.process.surroundings` has its words)."""

import sys

from totebox.process.surroundings import surroundings
from totebox.writer.server import serve

if __name__ == "__main__":
    serve(surroundings(sys.argv[1:]))
