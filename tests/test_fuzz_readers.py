"""A mutation fuzz of every reader: 200 files in `make test`, 2,000 in `make test-all`; no crash, no hang.

The files are read in the worker, as ingestion does; what is read is parsed, too. A refusal is fine; a dead
or silent worker, or a reader's own error, is not.
"""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from corpus.errors import TrolyError
from ingest.parse import parse_source
from ingest.readers.worker import ReadingProcess
from tests.conftest import SHARED
from tests.makers import NOTHING, PLAN, make_pdf, par, raw_docx
from tests.test_docx import BOX, CELLS, LAW, NOTE, TRACKED, numbered
from tests.test_html_zip import PAGES

# What a reader's own fault looks like in its answer (see ingest.readers.worker).
_FAULT = re.compile(r"dừng đột ngột|quá lâu|\(lỗi \w+\)")
_SHARED = ("corpus/office/15_2026_TT-BTC_696722.docx", "corpus/gov-md/45-2026-TT-BGDDT.md")


def seeds(folder: Path) -> list[tuple[str, bytes]]:
    """Return small files of every format; shared ones as well where they are."""
    plan = PLAN.read_text(encoding="utf-8")
    lines = [line for line in plan.splitlines() if line.strip()]
    body = "".join([*(c[0] for c in CELLS), *(t[0] for t in TRACKED), BOX, NOTE, numbered("Tên"), par("Chữ")])
    word = raw_docx(
        folder / "a.docx", body, numbering=LAW, footnotes='<w:footnote w:id="4"><w:p/></w:footnote>'
    )
    pdf = make_pdf(folder / "a.pdf", [lines[:20], lines[20:40]])
    found = [
        ("a.docx", word.read_bytes()),
        ("a.pdf", pdf.read_bytes()),
        ("a.html", "".join(page for page, _, _ in PAGES).encode()),
        ("a.txt", plan.encode()),
        ("a.txt", plan[:4000].encode("utf-16")),
        ("a.md", ("| STT | Việc |\n|---|---|\n| 1 | Làm |\n\n**Điều 1.** Tên\n" + plan[:3000]).encode()),
    ]
    found += [
        (Path(name).name, (SHARED / name).read_bytes()) for name in _SHARED if (SHARED / name).is_file()
    ]
    return found


def mutated(chance: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Return ``data`` damaged: bits, cuts, repeats, splices; inside a packed part as well."""
    result = bytearray(data)
    for _ in range(chance.choice((1, 1, 3, 12))):
        at = chance.randrange(len(result) + 1)
        match chance.randrange(7):
            case 0 if result:
                for _ in range(chance.choice((1, 8, 64))):
                    result[chance.randrange(len(result))] ^= 1 << chance.randrange(8)
            case 1:
                del result[at : at + chance.choice((1, 10, 1000))]
            case 2:
                del result[at:]
            case 3:
                result[at:at] = result[at : at + chance.choice((10, 500))] * chance.choice((2, 50))
            case 4:
                other = chance.choice(others)
                cut = chance.randrange(len(other) + 1)
                result[at:at] = other[cut : cut + 2000]
            case 5:
                result[at:at] = chance.choice(
                    (
                        b"\0",
                        b"\xff" * 9,
                        b"<w:p>",
                        b"</w:tbl>",
                        b"<",
                        b"obj",
                        b"\xe1\xbb",
                        b"99999999999",
                        b"-1",
                        b"|",
                    )
                )
            case _:
                result = bytearray(_inside(chance, bytes(result)))
    return bytes(result)


def _inside(chance: random.Random, data: bytes) -> bytes:
    """Return a ZIP whose first packed part is damaged after unpacking and packed again (sizes then lie)."""
    start = data.find(b"word/document.xml", 30)
    if data[:2] != b"PK" or start < 0:
        return data[::-1] if chance.random() < 0.05 else data
    start += len(b"word/document.xml")
    try:
        unpacker = zlib.decompressobj(-15)
        xml = unpacker.decompress(data[start:])
    except zlib.error:
        return data
    at = chance.randrange(len(xml) + 1)
    broken = xml[:at] + chance.choice((b"", b"<w:tc>", b"&x;", b"]]>", b"\0", b'w:val="-7"')) + xml[at + 3 :]
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return data[:start] + packer.compress(broken) + packer.flush() + unpacker.unused_data


def fuzz(folder: Path, count: int, seed: int) -> None:
    chance = random.Random(seed)
    sources = seeds(folder)
    others = [data for _, data in sources]
    faults: list[str] = []
    with ReadingProcess(silence_s=60) as process:
        for number in range(count):
            name, data = chance.choice(sources)
            broken = mutated(chance, data, others)
            try:
                source = process.read(name, broken)
            except TrolyError as error:
                if _FAULT.search(str(error)):
                    faults.append(f"file {number} ({name}): {error}")
                continue
            parse_source_safely(source, f"file {number} ({name})", faults)
    assert not faults, f"seed {seed}:\n" + "\n".join(faults)


def parse_source_safely(source: object, where: str, faults: list[str]) -> None:
    try:
        parse_source(source, NOTHING)  # type: ignore[arg-type]
    except TrolyError:
        pass
    except Exception as error:
        faults.append(f"{where}: the parser raised {type(error).__name__}: {error}")


@pytest.mark.timeout(600)
def test_two_hundred_damaged_files_neither_crash_nor_hang(tmp_path: Path) -> None:
    fuzz(tmp_path, 200, seed=4)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_two_thousand_damaged_files_neither_crash_nor_hang(tmp_path: Path) -> None:
    fuzz(tmp_path, 2000, seed=random.randrange(10**6))
