"""Promises for text without Unicode: converted where that is sure, else asked, never guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.library_commands import ENCODINGS as OFFERED
from corpus.errors import TrolyError
from ingest.readers import read
from ingest.readers.legacy import convert
from ingest.readers.txt import ENCODINGS

# The national motto as old files have it: known to everybody who has seen one.
MOTTO = "Cộng hòa xã hội chủ nghĩa Việt Nam\nĐộc lập - Tự do - Hạnh phúc\n"
TCVN3 = "Céng hßa x· héi chñ nghÜa ViÖt Nam\n§éc lËp - Tù do - H¹nh phóc\n"
VNI = "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam\nÑoäc laäp - Töï do - Haïnh phuùc\n"
LETTERS = [
    ("tcvn3", "µ¶·¸¹ »¼½¾Æ ÇÈÉÊË ÌÎÏÐÑ ÒÓÔÕÖ ×ØÜÝÞ ßáâãä åæçèé êëìíî ïñòóô õö÷øù úûüýþ ¨©ª«¬\xad®",
     "àảãáạ ằẳẵắặ ầẩẫấậ èẻẽéẹ ềểễếệ ìỉĩíị òỏõóọ ồổỗốộ ờởỡớợ ùủũúụ ừửữứự ỳỷỹýỵ ăâêôơưđ"),
    ("tcvn3", "¡¢£¤¥¦§ CéNG hßA", "ĂÂÊÔƠƯĐ CỘNG hòA"),
    ("vni", "aøaûaõaùaï aèaúaüaéaë aàaåaãaáaä eøeûeõeùeï eàeåeãeáeä ìæóíò oøoûoõoùoï oàoåoãoáoä ôøôûôõôùôï",
     "àảãáạ ằẳẵắặ ầẩẫấậ èẻẽéẹ ềểễếệ ìỉĩíị òỏõóọ ồổỗốộ ờởỡớợ"),
    ("vni", "uøuûuõuùuï öøöûöõöùöï yøyûyõyùî aêaâeâoâôöñ AÂAÊEÂOÂÔÖÑ AÙ",
     "ùủũúụ ừửữứự ỳỷỹýỵ ăâêôơưđ ÂĂÊÔƠƯĐ Á"),
]  # fmt: skip


@pytest.mark.parametrize(("encoding", "old", "text"), LETTERS)
def test_every_letter_is_converted(encoding: str, old: str, text: str) -> None:
    assert convert(old, encoding) == text  # type: ignore[arg-type]


FILES = [
    (TCVN3.encode("cp1252"), "tcvn3", "a TCVN3 file"),
    (TCVN3.encode("utf-8"), "tcvn3", "TCVN3 pasted into a UTF-8 file"),
    (VNI.encode("cp1252"), "vni", "a VNI file"),
    (VNI.encode("utf-16"), "vni", "VNI pasted into a UTF-16 file"),
    (
        "Cô\u0323ng ho\u0300a xa\u0303 hô\u0323i chu\u0309 nghi\u0303a Viê\u0323t Nam\n"
        "Đô\u0323c lâ\u0323p - Tư\u0323 do - Ha\u0323nh phu\u0301c\n".encode("cp1258"),
        "windows-1258",
        "Windows-1258 with combining tones",
    ),
]


@pytest.mark.parametrize(("data", "encoding", "reason"), FILES)
def test_old_encodings_are_told_by_their_syllables_and_said(
    tmp_path: Path, data: bytes, encoding: str, reason: str
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    source = read(path)
    assert source.text == MOTTO, reason
    assert [d.code for d in source.doubts] == ["encoding-converted"], reason
    assert read(path, encoding).text == MOTTO, "the user may say so as well"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"abc \xe9\xe8 xyz", "too few letters to tell"),
        (
            "Les élèves français étaient très fatigués à l'école, là-bas, où déjà naïfs".encode("latin-1"),
            "French",
        ),
        (bytes(range(160, 256)) * 20, "every code there is"),
    ],
)
def test_an_unsure_encoding_is_a_question_with_samples(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    with pytest.raises(TrolyError, match="--encoding") as error:
        read(path)
    assert all(name in str(error.value) for name in ("tcvn3", "vni", "windows-1258")), reason


def test_unicode_text_in_another_language_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Điều 1. Phạm vi\nThe café in Zürich.\n", encoding="utf-8")
    assert "café in Zürich" in read(path).text and read(path).doubts == ()


def test_the_command_line_offers_what_the_reader_takes() -> None:
    assert tuple(sorted(ENCODINGS, key=OFFERED.index)) == OFFERED and set(OFFERED) == set(ENCODINGS)
