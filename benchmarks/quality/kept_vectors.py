"""The sentence encoder with vectors kept on disk, so that a run that was stopped goes on. Public: `KeptEncoder`."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from struct import Struct

import numpy as np

from dedup.compiled.arrays import F32
from dedup.translation.encoder import quantise
from dedup.translation.use_encoder import UseEncoder

_ENTRY = Struct("<16sQI")  # digest of the sentences of a call, where their vectors begin, and how many they are


class KeptEncoder(UseEncoder):
    """`UseEncoder` with the vectors of each call, in whole numbers, in `PATH.bin`, and their places in `PATH.idx`."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._vectors, self._index = (path.with_name(path.name + end).open("a+b") for end in (".bin", ".idx"))
        self._index.seek(0)
        data = self._index.read()
        whole = data[: len(data) // _ENTRY.size * _ENTRY.size]
        self._index.truncate(len(whole))  # an entry that was cut off would shift all later ones
        self._places = {key: (at, count) for key, at, count in _ENTRY.iter_unpack(whole)}

    def encode(self, sentences: Sequence[str]) -> F32:
        """Return what `UseEncoder` does, in the whole numbers that its vectors are quantised to."""
        digest = blake2b(digest_size=16)
        for sentence in sentences:
            data = sentence.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "little") + data)
        key = digest.digest()
        if key not in self._places:
            made = quantise(super().encode(sentences))
            self._places[key] = self._vectors.seek(0, 2), len(made)
            self._vectors.write(made.tobytes())
            self._vectors.flush()
            self._index.write(_ENTRY.pack(key, *self._places[key]))
            self._index.flush()
        at, count = self._places[key]
        self._vectors.seek(at)
        rows = np.frombuffer(self._vectors.read(count * self.width), np.int8)
        return rows.reshape(count, self.width).astype(np.float32)
