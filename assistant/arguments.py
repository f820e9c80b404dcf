"""Reading a command line in Vietnamese: headings, usage errors and values of ``argparse``."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from datetime import date
from typing import NoReturn

from corpus.errors import UsageError

_USAGE_MESSAGES = (
    (re.compile(r"the following arguments are required: (.+)"), r"Thiếu tham số: \1."),
    (re.compile(r"unrecognized arguments: (.+)"), r"Không hiểu tham số: \1."),
    (re.compile(r"argument (\S+): invalid choice: '?([^' ]*)'?.*"), r"Không có lệnh hay lựa chọn «\2»."),
    (re.compile(r"argument (\S+): ignored explicit argument '(.*)'"), r"\1 không nhận giá trị («\2»)."),
    (re.compile(r"ambiguous option: (\S+) could match .*"), r"Tham số «\1» chưa rõ; hãy viết đầy đủ."),
    (re.compile(r"argument (\S+): expected one argument"), r"\1 cần một giá trị."),
    (re.compile(r"argument (\S+): (.+)"), r"\1: \2"),
)
_HEADINGS = (
    ("usage:", "cách dùng:"),
    ("positional arguments:", "tham số:"),
    ("options:", "tùy chọn:"),
    ("show this help message and exit", "hiện trợ giúp này"),
)


class Parser(argparse.ArgumentParser):
    """An argument parser whose help headings are Vietnamese and whose errors are ``UsageError``."""

    def error(self, message: str) -> NoReturn:
        for pattern, told in _USAGE_MESSAGES:
            if pattern.match(message):
                message = pattern.sub(told, message)
                break
        raise UsageError(f"{message} Xem cách dùng: {self.prog} --help")

    def format_help(self) -> str:
        text = super().format_help()
        for english, vietnamese in _HEADINGS:
            text = text.replace(english, vietnamese)
        return text


def day(text: str) -> str:
    """Return an ISO day as given; raises ``argparse.ArgumentTypeError`` where there is no such day."""
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text).isoformat()
    except ValueError:  # the form is right, the day does not exist
        pass
    raise argparse.ArgumentTypeError(
        f"ngày phải có dạng NĂM-THÁNG-NGÀY và có thật, ví dụ 2026-11-23, không phải «{text}»."
    )


def whole(least: int, most: int) -> Callable[[str], int]:
    """Return a reader of whole numbers from ``least`` to ``most``."""

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"phải là số nguyên từ {least} đến {most}, không phải «{text}».")
        return int(text)

    return read
