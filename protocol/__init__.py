"""PSP, the PointSav Protocol: the one-way valve between authority and subject.

Imports nobody. No socket, clock, disk or randomness lives here: they are handed in.
"""

PSP_NAME = "PointSav Protocol"
PSP_VERSION = 1
