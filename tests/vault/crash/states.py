"""Every state of the disk that a crash may leave, from what a run asked of it.

The strictest disk that keeps its promises: what was synced is there; of what was not, any subset. An unsynced name is there or
not. Unsynced bytes are there in any subset of their 512-byte or 4,096-byte blocks, what is missing before the end reads as zeros,
and the file ends anywhere that a block does.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise, product
from pathlib import Path

from tests.vault.crash.recording import Named, Op, Synced, Told, Tree, Wrote

BLOCKS = (512, 4_096)
MOST_BLOCKS = 4
"""Up to this many blocks every subset is built; of more, every prefix, every suffix and every single loss."""

Files = dict[str, bytes | None]
"""Path -> bytes; None for a folder."""


@dataclass
class Disk:
    """What is durable, and what was asked for and is not."""

    tree: Tree
    bytes_waiting: dict[int, list[Wrote]] = field(default_factory=dict)
    names_waiting: list[Named] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)

    def take(self, op: Op) -> None:
        """One more call."""
        match op:
            case Named(_, _, node, is_folder):
                self.names_waiting.append(op)
                if is_folder:
                    self.tree.folders.setdefault(node, {})
                else:
                    self.tree.files.setdefault(node, b"")
            case Wrote(node):
                self.tree.files.setdefault(node, b"")
                self.bytes_waiting.setdefault(node, []).append(op)
            case Synced(node, _):
                self._sync(node)
            case Told():
                self.told.append(op)

    def _sync(self, node: int) -> None:
        if node in self.tree.folders:
            for named in [named for named in self.names_waiting if named.folder == node]:
                self.tree.folders[node][named.name] = named.node
            self.names_waiting = [named for named in self.names_waiting if named.folder != node]
        else:
            self.tree.files[node] = self._grown(node)
            self.bytes_waiting.pop(node, None)

    def _grown(self, node: int) -> bytes:
        """The file with all that waits."""
        found = bytearray(self.tree.files.get(node, b""))
        for wrote in self.bytes_waiting.get(node, []):
            found.extend(bytes(max(wrote.offset - len(found), 0)))
            found[wrote.offset : wrote.offset + len(wrote.data)] = wrote.data
        return bytes(found)

    def _variants(self, node: int) -> list[bytes]:
        first = min(wrote.offset for wrote in self.bytes_waiting[node])
        last = max(wrote.offset + len(wrote.data) for wrote in self.bytes_waiting[node])
        return variants(self.tree.files.get(node, b""), self._grown(node)[first:last], first)

    def all_there(self) -> Files:
        """What a process sees that starts now on the same machine."""
        grown = {node: self._grown(node) for node in self.bytes_waiting}
        return self._files(self.names_waiting, grown)

    def nodes(self) -> dict[str, int]:
        """Path -> node of all that is there now."""
        return dict(self._walk(self.names_waiting, self.tree.root, ""))

    def crashes(self, most: int, seed: int) -> Iterator[Files]:
        """The states that a power loss now may leave: all of them, or `most` of them, the extremes first."""
        names = self.names_waiting
        writes = {node: self._variants(node) for node in self.bytes_waiting}
        count = 1 << len(names)
        for versions in writes.values():
            count *= len(versions)
        picks = self._all(names, writes) if count <= most else self._some(names, writes, most, random.Random(seed))
        for kept, data in picks:
            yield self._files(kept, data)

    def _all(
        self, names: list[Named], writes: dict[int, list[bytes]]
    ) -> Iterator[tuple[list[Named], dict[int, bytes]]]:
        for chosen in product(*([False, True] for _ in names)):
            kept = [name for name, there in zip(names, chosen, strict=True) if there]
            for data in product(*writes.values()):
                yield kept, dict(zip(writes, data, strict=True))

    def _some(
        self, names: list[Named], writes: dict[int, list[bytes]], most: int, chance: random.Random
    ) -> Iterator[tuple[list[Named], dict[int, bytes]]]:
        nothing = {node: versions[0] for node, versions in writes.items()}
        everything = {node: versions[-1] for node, versions in writes.items()}
        yield [], nothing
        yield names, everything
        for name in names:
            yield [name], everything
            yield [other for other in names if other is not name], everything
        for node in writes:
            yield names, everything | {node: nothing[node]}
            yield names, nothing | {node: everything[node]}
        for _ in range(max(most - 2 - 2 * len(names) - 2 * len(writes), 1)):
            yield (
                [name for name in names if chance.random() < 0.5],
                {node: chance.choice(versions) for node, versions in writes.items()},
            )

    def _files(self, kept: list[Named], data: dict[int, bytes]) -> Files:
        found: Files = {}
        for path, node in self._walk(kept, self.tree.root, ""):
            found[path] = None if node in self.tree.folders else data.get(node, self.tree.files.get(node, b""))
        return found

    def _walk(self, kept: list[Named], folder: int, where: str) -> Iterator[tuple[str, int]]:
        yield where, folder
        names = self.tree.folders[folder] | {named.name: named.node for named in kept if named.folder == folder}
        for name, node in sorted(names.items()):
            path = f"{where}/{name}" if where else name
            if node in self.tree.folders:
                yield from self._walk(kept, node, path)
            else:
                yield path, node


def variants(durable: bytes, waiting: bytes, start: int | None = None) -> list[bytes]:
    """What may be left of a file of `durable` bytes to which `waiting` was written: nothing of it first, all of it last.

    It was written at `start`, the end where nothing else is said. What is missing of it is what lay there before, or zeros.
    """
    start = len(durable) if start is None else start
    old = durable[start : start + len(waiting)].ljust(len(waiting), b"\0")
    found: dict[bytes, None] = {durable: None}
    for size in BLOCKS:
        cuts = _cuts(start, len(waiting), size)
        for there in _subsets(len(cuts)):
            parts = [(waiting if kept else old)[begin:end] for (begin, end), kept in zip(cuts, there, strict=True)]
            whole = durable[:start] + b"".join(parts) + durable[start + len(waiting) :]
            last = max((end for (_, end), kept in zip(cuts, there, strict=True) if kept), default=0)
            found[whole] = None
            found[whole[: max(len(durable), start + last)]] = None
    whole = durable[:start] + waiting + durable[start + len(waiting) :]
    found.pop(whole, None)
    return [*found, whole]


def _cuts(start: int, length: int, size: int) -> list[tuple[int, int]]:
    return list(pairwise([0, *range(size - start % size, length, size), length]))


def _subsets(count: int) -> Iterator[tuple[bool, ...]]:
    if count <= MOST_BLOCKS:
        yield from product(*([False, True] for _ in range(count)))
        return
    places = range(count)
    for cut in range(count + 1):
        yield tuple(place < cut for place in places)
        yield tuple(place >= cut for place in places)
    for lost in places:
        yield tuple(place != lost for place in places)


def after(start: Tree, ops: list[Op]) -> Disk:
    """The disk when all of `ops` were asked of it."""
    tree = Tree(dict(start.files), {node: dict(names) for node, names in start.folders.items()}, start.root)
    disk = Disk(tree)
    for op in ops:
        disk.take(op)
    return disk


def lay_out(files: Files, place: Path) -> Path:
    """Make `files` be what lies at `place`, which does not exist."""
    for path, data in files.items():
        if data is None:
            (place / path).mkdir()
        else:
            (place / path).write_bytes(data)
            if path.startswith("secret/keys/"):
                (place / path).chmod(0o600)
    return place
