"""``troly admin``: who may change the library from a browser."""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import Any

from corpus.errors import UsageError
from corpus.settings import Settings


def add_parsers(commands: Any, parser_class: type[argparse.ArgumentParser]) -> None:
    """Add the parser of ``troly admin``."""
    admin = commands.add_parser("admin", help="cụm mật khẩu để thêm, gỡ văn bản trên trang Kho")
    actions = admin.add_subparsers(dest="action", required=True, metavar="VIỆC", parser_class=parser_class)
    chosen = actions.add_parser("set-passphrase", help="đặt hoặc đổi cụm mật khẩu")
    chosen.add_argument("--stdin", action="store_true", help="đọc từ đầu vào chuẩn, không hỏi")
    actions.add_parser("remove-passphrase", help="bỏ cụm mật khẩu: trang Kho chỉ còn để xem")


def admin(options: argparse.Namespace, settings: Settings) -> int:
    """Run ``troly admin``."""
    from assistant.passphrase import passphrase_path, remove_passphrase, set_passphrase

    if options.action == "remove-passphrase":
        gone = remove_passphrase(settings)
        print("Đã bỏ cụm mật khẩu; trang Kho chỉ còn để xem." if gone else "Chưa đặt cụm mật khẩu nào.")
        return 0
    if options.stdin:
        phrase = sys.stdin.readline().rstrip("\r\n")
    else:
        phrase = getpass.getpass("Cụm mật khẩu mới: ")
        if getpass.getpass("Nhập lại: ") != phrase:
            raise UsageError("Hai lần nhập không giống nhau; chưa đổi gì.")
    set_passphrase(settings, phrase)
    print(f"Đã đặt cụm mật khẩu (lưu dạng băm argon2id trong {passphrase_path(settings)}).")
    print("Mở trang Kho và nhập cụm này để thêm, gỡ văn bản. Trang đang chạy dùng ngay, không cần mở lại.")
    return 0
