"""Rows of a registry of the tests' own."""

from totebox.cage.profiles import READER
from totebox.process.program import Lifetime, Program, Restart

MODULE = "tests.process.toy"
SERVING = Program("serving", MODULE, READER, lifetime=Lifetime.LONG_LIVED, restart=Restart((0.0,)), finishes=True)
FAILING = Program("failing", MODULE, READER, lifetime=Lifetime.LONG_LIVED, restart=Restart((0.0, 1.0, 5.0), most=4))
JOB = Program("job", MODULE, READER, most=2)
TOYS = (SERVING, FAILING, JOB)
