"""Promises for web pages and archives: what a reader sees is read, each member is a file of its own."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from ingest.files import contents, on_disk, shown_name
from ingest.readers import SUFFIXES, read
from ingest.readers.archive import MAX_DEPTH, members
from tests.test_docx import shown

PAGES = [
    ("<html><body><p>Điều 1.<br>Tên</p><p>Một\n hai</p></body></html>", ["Điều 1.", "Tên", "Một hai"],
     "paragraphs and breaks are lines; line ends of the file are spaces"),
    ("<html><head><title>T</title><style>p{}</style></head><body><script>alert(1)</script><p>Có</p></body></html>",
     ["Có"], "no script, style or title"),
    ("<html><body><table><tr><th>STT</th><th>Việc</th></tr><tr><td>1</td><td>Làm<br>ngay</td></tr></table></body>",
     ["STT | Việc", "1 | Làm\nngay"], "a table is rows"),
    ("<html><body><table><tr><td><p>a</p><p>b</p></td></tr></table></body></html>", ["a", "b"],
     "a table of one cell only places the page"),
    ("<html><body><p>a<sup>2</sup> m<b>ột</b> &amp; &lt;b&gt;</p></body></html>", ["a² một & <b>"],
     "raised figures, emphasis, entities"),
    ("<html><body><p onclick='x()'>a</p><img src=x onerror=x()><iframe srcdoc='<p>b</p>'></iframe></body>",
     ["a"], "attributes and frames carry no text"),
    ("<!-- x --><!DOCTYPE html><p>không đóng<p>thẻ", ["không đóng", "thẻ"], "unclosed elements"),
]  # fmt: skip


@pytest.mark.parametrize(("page", "lines", "reason"), PAGES)
def test_a_page_is_read_as_it_is_seen(tmp_path: Path, page: str, lines: list[str], reason: str) -> None:
    path = tmp_path / "a.html"
    path.write_text(page, encoding="utf-8")
    source = read(path)
    assert (shown(source), source.format) == (lines, "html"), reason


def test_cells_over_several_rows_keep_their_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text(
        "<html><body><table><tr><td rowspan=3>a</td><td colspan=2>b</td></tr><tr><td>c</td><td>d</td></tr>"
        "<tr><td>e</td><td>f</td></tr></table></body></html>",
        encoding="utf-8",
    )
    grid = [[(c.column, c.width, c.continues) for c in b.cells] for b in read(path).blocks]
    on = [(0, 1, True), (1, 1, False), (2, 1, False)]
    assert grid == [[(0, 1, False), (1, 2, False)], on, on]


def test_hidden_text_of_a_page_is_left_out_and_said(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text("<html><body><p>a</p><p style='display: none'>b</p></body></html>", encoding="utf-8")
    source = read(path)
    assert (shown(source), [d.code for d in source.doubts]) == (["a"], ["hidden-text"])


def test_a_page_in_a_declared_encoding_and_one_that_lies(tmp_path: Path) -> None:
    head = '<html><head><meta charset="windows-1258"></head><body><p>{}</p></body></html>'
    data = head.format("Viê\u0323t Nam").encode("cp1258")
    (tmp_path / "a.html").write_bytes(data)
    assert shown(read(tmp_path / "a.html")) == ["Việt Nam"]
    lying = head.replace("windows-1258", "utf-16").format("Việt Nam").encode()
    (tmp_path / "b.html").write_bytes(lying)
    assert shown(read(tmp_path / "b.html")) == ["Việt Nam"]


def archive(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return buffer.getvalue()


def test_each_member_is_a_file_of_its_own(tmp_path: Path) -> None:
    inner = archive({"sâu/c.txt": b"ba"})
    path = tmp_path / "a.zip"
    path.write_bytes(archive({"a.txt": b"mot", "thư mục/b.md": b"hai", "ảnh.png": b"x", "trong.zip": inner}))
    found = {key: (member.name, member.data) for key, member in contents(path)}
    assert found == {
        f"{path}!/a.txt": ("a.txt", b"mot"),
        f"{path}!/thư mục/b.md": ("b.md", b"hai"),
        f"{path}!/trong.zip!/sâu/c.txt": ("c.txt", b"ba"),
    }
    key = next(iter(found))
    assert on_disk(key) == path and shown_name(key) == "a.zip!/a.txt"


def nested(depth: int) -> bytes:
    data = archive({"a.txt": b"x"})
    for _ in range(depth):
        data = archive({"b.zip": data})
    return data


def encrypted() -> bytes:
    data = bytearray(archive({"a.txt": b"x"}))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + flags] |= 1
    return bytes(data)


BAD = [
    (archive({"../../etc/a.txt": b"x"}), "trỏ ra ngoài", "a path that leads out"),
    (archive({"/a.txt": b"x"}), "trỏ ra ngoài", "an absolute path"),
    (archive({"..\\a.txt": b"x"}), "trỏ ra ngoài", "the same with Windows' separators"),
    (archive({"a.txt": b"\0" * 60_000_000}), "bung ra lớn", "a bomb"),
    (nested(MAX_DEPTH), "lồng quá", "archives inside archives without end"),
    (encrypted(), "mật khẩu", "an encrypted member"),
    (archive({f"{n}.txt": b"" for n in range(2001)}), "quá giới hạn", "too many members"),
    (archive({"a.zip": b"PK\x03\x04 hong"}), "bị hỏng", "a broken inner archive"),
]


@pytest.mark.parametrize(("data", "said", "reason"), BAD)
def test_what_is_wrong_with_a_member_is_said_of_it_alone(data: bytes, said: str, reason: str) -> None:
    found = list(members(data, SUFFIXES))
    assert len(found) == 1 and said in found[0].refused and found[0].data == b"", reason
