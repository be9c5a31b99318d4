"""A folder of hundreds of broken files, and whatever random bytes may come: every one skipped with a reason."""

import gzip
import io
import json
import random
import tracemalloc

from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.read import Format, ReadOptions, read
from dedup.records import Article, Skipped

ROW = json.dumps({"text": "An article about a bridge that was closed on Monday for repairs."}).encode()


def broken_files(rnd: random.Random) -> dict[str, bytes]:
    """Name and bytes of eight kinds of damage, forty files each."""
    files: dict[str, bytes] = {}
    for i in range(40):
        noise = rnd.randbytes(rnd.randint(40, 4000))
        packed = gzip.compress(b"\n".join([ROW] * 3) + noise.hex().encode())
        files |= {
            f"noise/{i}.txt": noise,
            f"noise/{i}.html": noise,
            f"noise/{i}.jsonl": noise.replace(b"\n", b""),
            f"cut/{i}.jsonl.gz": packed[: rnd.randint(1, 18)],
            f"utf8/{i}.txt": b"Caf\xc3\xa9 " * rnd.randint(1, 9) + b"\xc3\x28\xf0\x28\xff\xfe\x81 end",
            f"types/{i}.jsonl": json.dumps({"text": rnd.choice([1, None, [], {}, True, 2.5])}).encode(),
            f"empty/{i}.{rnd.choice(['txt', 'html', 'jsonl'])}": b"",
            f"half/{i}.jsonl": ROW[: rnd.randint(1, len(ROW) - 2)],
            f"kind/{i}.{rnd.choice(['exe', 'png', 'docx'])}": noise,
        }
    return files


def test_every_broken_file_is_listed_with_a_reason(tmp_path):
    files = broken_files(random.Random(7))
    for name, data in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    items = list(read([tmp_path]))
    assert not [i for i in items if isinstance(i, Article)]
    assert {i.source for i in items} == set(files)
    assert all(isinstance(i, Skipped) and i.reason for i in items)


def test_a_long_line_is_not_read_whole():
    class Endless(io.RawIOBase):
        """Two hundred megabytes without a line feed, then a row."""

        left = 200 << 20

        def readable(self) -> bool:
            return True

        def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]
            if self.left > 0:
                n = min(len(buffer), self.left)
                buffer[:n] = b"x" * n
                self.left -= n
                return n
            tail = b"\n" + ROW if self.left == 0 else b""
            self.left = -1
            buffer[: len(tail)] = tail
            return len(tail)

    tracemalloc.start()
    items = list(read(["-"], ReadOptions(format=Format.JSONL, max_bytes=1 << 20), io.BufferedReader(Endless())))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [type(i) for i in items] == [Skipped, Article]
    assert peak < 40 << 20


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from(list(Format)))
def test_any_bytes_give_articles_or_reasons(data, kind):
    items = list(read(["-"], ReadOptions(format=kind), io.BytesIO(data)))
    assert items
    assert all(i.text.strip() if isinstance(i, Article) else i.reason for i in items)
