"""Promises for files made to harm: bounded time and memory, a clear line, and the next file is read."""

from __future__ import annotations

import io
import os
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from corpus.errors import TrolyError
from ingest.readers import opc, read_bytes
from ingest.readers import worker as worker_module
from ingest.readers.worker import ReadingProcess
from tests.makers import par, raw_docx
from tests.test_docx import shown


def entities() -> bytes:
    """Return a Word file whose XML would grow a billionfold ("billion laughs")."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    text = (
        f'<!DOCTYPE w [<!ENTITY l0 "ha">{laughs}]><w:document xmlns:w="x"><w:body>&l9;</w:body></w:document>'
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", text)
    return buffer.getvalue()


def pdf_bomb() -> bytes:
    """Return a PDF whose one page's content unpacks to 210 MB of drawing commands."""
    chunk = zlib.compressobj(9)
    stream = b"".join(chunk.compress(b"0 0 m 1 1 l S\n" * 75_000) for _ in range(200)) + chunk.flush()
    return (
        b"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>endobj\n"
        b"4 0 obj<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream endobj\ntrailer<</Root 1 0 R>>"
        % (len(stream), stream)
    )


def deep(tag: str, depth: int) -> bytes:
    return (f"<{tag}>" * depth + "x" + f"</{tag}>" * depth).encode()


FILES = [
    ("a.docx", entities, "DTD", "entities"),
    ("a.pdf", lambda: b"%PDF-1.7\n" + b"<<" * 100_000, "hỏng", "a PDF of nothing but opened dictionaries"),
    ("a.html", lambda: b"<html>" + deep("div", 100_000), "", "elements inside each other without end"),
    ("a.txt", lambda: b"a\0b\0\0c", "không phải là tệp chữ", "NUL bytes"),
    ("a.txt", lambda: ("(" * 200_000).encode(), "", "brackets without end"),
    ("a.md", lambda: ("|" * 100_000 + "\n" + "*" * 100_000).encode(), "", "bars and stars without end"),
]


@pytest.mark.parametrize(("name", "make", "said", "reason"), FILES)
def test_a_hostile_file_is_refused_or_read_in_bounded_time(
    name: str, make: Callable[[], bytes], said: str, reason: str
) -> None:
    began = time.monotonic()
    try:
        read_bytes(name, make())
    except TrolyError as error:
        assert said in str(error), reason
    else:
        assert not said, f"{reason}: read without a word"
    assert time.monotonic() - began < 60, reason


def test_a_word_file_reaches_nothing_outside_itself(tmp_path: Path) -> None:
    # Links of every kind name places outside; none is opened, none of their targets becomes text.
    body = "<w:p><w:hyperlink><w:r><w:t>liên kết</w:t></w:r></w:hyperlink></w:p><w:altChunk/>" + par("Thân")
    path = raw_docx(tmp_path / "a.docx", body)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(
            "word/_rels/document.xml.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            '<Relationship Id="r9" '
            'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate" '
            'Target="http://192.0.2.1/x.dotm" TargetMode="External"/></Relationships>',
        )
    source = read_bytes("a.docx", path.read_bytes())
    assert shown(source) == ["liên kết", "Thân"]
    assert [d.code for d in source.doubts] == ["embedded-content"]


def test_a_part_that_unpacks_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opc, "MAX_PART", 1000)
    path = raw_docx(tmp_path / "a.docx", par("x" * 2000))
    with pytest.raises(TrolyError, match="lớn bất thường"):
        read_bytes("a.docx", path.read_bytes())


def test_controls_that_turn_the_text_are_left_out_and_said(tmp_path: Path) -> None:
    from ingest.canonical import canonicalise

    source = read_bytes("a.txt", "Mức phạt \u202e000.001\u202c đồng".encode())
    assert [d.code for d in source.doubts] == ["bidi-control"]
    assert canonicalise(source).paragraphs[0].text == "Mức phạt 000.001 đồng"


def test_the_worker_reads_as_we_do_and_tells_the_same_reasons(tmp_path: Path) -> None:
    data = raw_docx(tmp_path / "a.docx", par("Điều 1. Tên")).read_bytes()
    with ReadingProcess() as process:
        assert process.read("a.docx", data) == read_bytes("a.docx", data)
        with pytest.raises(TrolyError, match="rỗng"):
            process.read("b.txt", b" ")
        assert process.read("c.md", "---\nso: 1\n---\nChữ".encode()).hints == {"so": "1"}


HARM = {
    "hang.txt": ("while True: pass", "quá lâu"),
    "crash.txt": ("import os; os._exit(9)", "dừng đột ngột"),
    "memory.txt": ("x = bytearray(200 * 2**30)", "bộ nhớ"),
    "mistake.txt": ("1 / 0", "ZeroDivisionError"),
    "print.txt": ("print('nhiễu', flush=True); return_source", "NameError"),
}
_CODE = """
import ingest.readers, ingest.readers.worker as worker
real = ingest.readers.read_bytes
def read_bytes(name, data, encoding=None, say=lambda _: None):
    if name != "ok.txt":
        exec(data.decode())
    return real(name, data, encoding, say)
ingest.readers.read_bytes = read_bytes
worker._serve()
"""


def test_whatever_a_file_does_to_the_worker_the_next_one_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    real = worker_module.subprocess.Popen
    monkeypatch.setattr(
        worker_module.subprocess, "Popen", lambda command, **more: real([command[0], "-c", _CODE], **more)
    )
    for name, (harm, said) in HARM.items():
        # The worker's start (imports) must fit into the silence as well.
        with ReadingProcess(silence_s=8 if name == "hang.txt" else 100) as process:
            with pytest.raises(TrolyError, match=said):
                process.read(name, harm.encode())
            process._silence = 100
            assert process.read("ok.txt", "Chữ".encode()).text == "Chữ", name


@pytest.mark.skipif(os.name != "posix", reason="process groups are POSIX")
def test_no_worker_outlives_its_use() -> None:
    with ReadingProcess() as process:
        process.read("a.txt", b"x")
        assert process._process is not None
        pid = process._process.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_pdf_that_unpacks_to_hundreds_of_megabytes_is_bounded() -> None:
    with ReadingProcess(silence_s=120) as process:
        with pytest.raises(TrolyError):
            process.read("a.pdf", pdf_bomb())
        assert process.read("b.txt", "Chữ".encode()).text == "Chữ"
