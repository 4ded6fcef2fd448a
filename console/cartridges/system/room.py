"""How the lists of F11 share the lines of the screen: each has as many as it fills. Pure."""

from collections.abc import Sequence

LEAST = 4
"""Lines that the last list keeps where it has more rows than there is room for: its title, its columns' titles, and two rows."""


def heights(wanted: Sequence[int], room: int) -> list[int]:
    """Lines for each list, from the top; the last one has what is left over.

    Where they do not all fit the last one keeps LEAST lines, and the others give way that want the most.
    """
    if wanted and sum(wanted) > room:
        wanted = [*wanted[:-1], min(wanted[-1], LEAST)]
    given = [0] * len(wanted)
    left, open_ = max(0, room), list(range(len(wanted)))
    while open_:
        share = left // len(open_)
        small = [place for place in open_ if wanted[place] <= max(share, 1)]
        for place in small or open_:
            given[place] = min(wanted[place], left, max(share, 1))
            left -= given[place]
        open_ = [place for place in open_ if place not in small] if small else []
    if given:
        given[-1] += left
    return given
