"""What is asked: one of nineteen kinds (eval/questions/README.md, "Question kinds"), with a probability.

A linear model over what a question is made of: its syllables without marks in runs of one to three, the
same with the words of the matter taken out ("ai chủ trì _"), and some fixed cues. Since marks are not looked
at, a question typed without them is read like one with them. ``python -m eval.fit_kinds`` learns the weights.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from corpus.text import fold, normalise, spell

KINDS: Final = (
    "lead", "cooperate", "competence", "unit_duties", "legal_basis", "targets", "deadlines", "conditions",
    "procedure", "definition", "list", "named_place", "comparison", "relation", "status", "document_facts",
    "holdings", "smalltalk", "out_of_scope",
)  # fmt: skip
WEIGHTS_FILE: Final = Path(__file__).with_name("asked_weights.npz")

MAX_LENGTH: Final = 400
"""Characters that are read: a longer text asks at its beginning or its end, and both are kept."""
_CUE_VALUE: Final = 0.25
"""Value of a cue beside runs whose squares add up to one: of 0.25, 0.5 and 1 the best in cross-validation."""

_NUMBER_OF_DOCUMENT: Final = re.compile(r"\b\d+(?:\.\d+)?(?:/\d{4})?[/-][a-z]{2,}[\w/-]*")
_TOKEN: Final = re.compile(r"<vb>|[a-z]+\d*[a-z]*|\d+(?:[.,/]\d+)*%?|%")

# Words that ask or that join; all others are of the matter. Kept short: what is asked, never about what.
_ASKING_WORDS: Final = (
    "ai gi nao dau sao may bao nhieu khi gio luc ngay thang nam quy tuan han the la co khong chua con duoc"
    " phai can cu dua theo tren so phap ly van ban luat nghi dinh quyet ke hoach thong tu dieu khoan muc"
    " diem phan phu luc chuong nhung cac gom liet neu danh sach kien truong hop muon thi lam trinh thu tuc"
    " cach buoc sanh khac giong voi va hay giua hon sua doi bo sung thay bai hieu het den truoc sau cham"
    " nhat ky hanh ten noi nhan gui kho he tro tai lieu nap luu chao cam on xin vang da ok nghia viet"
    " tat niem giai thich chu tri trach phoi cung tham gia ho ngoai nhiem vu quyen don vi phong cua do viec"
    " ty le tram toi thieu it qua chi tieu dat giam tang trong nay cho ve o mot nhu em minh a vay ra"
    " <vb> # ^ $"
)
_ASKING: Final = frozenset(_ASKING_WORDS.split())

_CUES: Final = tuple(
    (name, re.compile(pattern))
    for name, pattern in {
        "cooperate": r"phoi hop|cung (?:lam|thuc hien|tham gia|voi)|\bcon (?:ai|don vi nao|phong nao)"
        r"|tham gia|ho tro|\bngoai\b.*\b(?:ai|nao)\b|y kien ai|phai cung",
        "power": r"tham quyen|\bquyen (?:cua|quyet|ban hanh)|co quyen|duoc (?:phep|tu|quyen)|\bai (?:quyet"
        r"|duoc|phe|ky)|(?:co )?duoc .{0,60}\bkhong\b|xa hay|cap nao|tu quyet",
        "basis": r"can cu|co so (?:phap ly|nao)|phap ly|dua (?:vao|tren|theo)|theo (?:van ban|luat|quy dinh"
        r"|nghi dinh|thong tu|nghi quyet) (?:nao|gi)|(?:van ban|luat|quy dinh|dieu luat|dieu khoan|nghi dinh)"
        r" (?:nao|gi)|quy dinh (?:o|tai) dau|vien dan",
        "amount": r"bao nhieu|\bmay (?:phan|lan|nguoi|so|dai|ky|bac|pho|buoi)|phan tram|%|ty le|ti le"
        r"|chi tieu|toi (?:da|thieu)|it nhat|nhieu nhat|con so",
        "time": r"khi nao|bao gio|bao lau|luc nao|\bhan\b|thoi han|thoi hieu|(?:ngay|thang|nam|quy|gio|tuan"
        r"|hom) (?:nao|may|bao nhieu)|(?:may|bao nhieu) (?:ngay|thang|nam|gio|tieng|tuan|hom)|cham nhat"
        r"|nhiem ky",
        "conditions": r"dieu kien|tieu chuan|truong hop nao|khi nao .{0,40}(?:duoc|bi|phai|can)|can gi"
        r"|(?:dap ung|du) .{0,20}gi|\bmuon .{0,60}\b(?:phai|can) co|\bmoi duoc",
        "procedure": r"quy trinh|trinh tu|thu tuc .{0,50}(?:the nao|ra sao|lam sao)|cac buoc|lam (?:sao"
        r"|the nao"
        r"|nhu the nao)|cach (?!chuc)|(?:xu ly|tien hanh|thuc hien|giai quyet|lam) (?:the nao|ra sao"
        r"|nhu the nao)"
        r"|huong dan|phai lam (?:sao|gi)$|tung buoc",
        "definition": r"nghia|viet tat|khai niem|dinh nghia|the nao la|\bla (?:cai )?gi\W*$|duoc hieu|hieu"
        r" (?:the nao|la|ra sao)|giai thich|thuat ngu|la sao|la ai\W*$|viet day du",
        "list": r"liet ke|\bke (?:ten|ra|cac|het|du)|\bgom\b|danh (?:sach|muc)|nhung .{1,40} (?:nao|gi)\b"
        r"|\bcac .{1,40}(?:nao|gi)\b|neu (?:du|cac|nhung)|giay to (?:nao|gi)",
        "place": r"\b(?:dieu|khoan|muc|chuong|phu luc|phan|ghi chu|chu thich|dong) (?:so )?(?:\d|[ivx]+\b)"
        r"|\bd\d+\b|\bdiem [a-z]\b|nguyen van",
        "comparison": r"so sanh|\bkhac\b|giong|phan biet|doi chieu|so voi|\bhon\b|chenh|mau thuan",
        "relation": r"sua doi|\bsua\b|thay (?:the|cho|bang)?|bai bo|huong dan (?:thi hanh|cho)"
        r"|lien (?:quan|he)"
        r"|dan chieu|cu the hoa|nhac (?:den|toi|o)|dinh chinh|quan he giua",
        "force": r"hieu luc|con (?:ap dung|gia tri|dung)|ap dung (?:chua|tu|den)|da (?:ap dung|thi hanh)"
        r"|bai bo chua|het han",
        "facts": r"\bky\b|so hieu|ban hanh|noi nhan|trich yeu|ten day du|thong qua|(?:co|gom) (?:may"
        r"|bao nhieu)"
        r" (?:dieu|chuong|phan|phu luc)|loai (?:van ban|gi)|du thao|ra ngay|chuc vu"
        r"|\bgui (?:cho )?(?:nhung )?(?:noi|dau)",
        "holdings": r"\bkho\b|thu vien|he thong|\b(?:ban|tro ly) (?:dang |hien |co |biet |giu |luu |doc |tra "
        r"|lay |dung |chua )|trong nay|o day|du lieu cua|da nap|tai lieu|cap nhat|nguon nao",
        "you": r"\b(?:ban|em|tro ly|bot)\b",
        "talk": r"^(?:xin |da |vang |ok |oke |u )*(?:chao|cam on|hello|hi|alo|tam biet|bye|ok|vang|da"
        r"|thoi|xin loi)\b",
        "duties": r"nhiem vu|trach nhiem|quyen han|chuc nang|phai lam (?:gi|nhung)"
        r"|lam (?:nhung )?(?:viec )?gi"
        r"|nghia vu|duoc giao|vai tro|cong viec",
        "who": r"\bai\b|(?:don vi|co quan|phong|bo phan|ben|can bo|to chuc)(?: chuyen mon)? nao\b|viec cua"
        r"|thuoc phong|dau moi|chu tri|phu trach",
        "document": r"<vb>|\b(?:luat|nghi dinh|nghi quyet|quyet dinh|thong tu|ke hoach|van ban|ket luan)\b",
        "unit": r"\b(?:phong|van phong|trung tam|ban|so|bo|uy ban|ubnd|hdnd|chu tich|truong phong|hoi dong"
        r"|cong an|mat tran)\b",
        "office": r"\b(?:xa|tinh|cap|can bo|cong chuc|vien chuc|dai bieu|ngan sach|thu tuc|ho so|nghi"
        r"|luat|cong"
        r"|dan|bao cao|ke hoach|phong|don vi|co quan|van ban|du lieu|to chuc|quyet|nhiem|dieu|du toan"
        r"|hdnd|ubnd)\b",
    }.items()
)  # fmt: skip


def tokens(question: str) -> list[str]:
    """Return the syllables without marks; numbers of documents are "<vb>", other numbers "#"."""
    if len(question) > MAX_LENGTH:
        question = f"{question[: MAX_LENGTH // 2]} {question[-MAX_LENGTH // 2 :]}"
    folded = _NUMBER_OF_DOCUMENT.sub(" <vb> ", fold(spell(normalise(question))))
    return ["#" if token[0].isdigit() else token for token in _TOKEN.findall(folded)]


def _runs(sequence: list[str], lengths: Iterable[int], mark: str) -> Iterable[str]:
    for length in lengths:
        for at in range(len(sequence) - length + 1):
            yield mark + " ".join(sequence[at : at + length])


def features(question: str) -> dict[str, float]:
    """Return the features of a question with their values; the squares of the runs' values add up to one."""
    syllables = tokens(question)
    whole = ["^", *syllables, "$"]
    frame: list[str] = []
    for token in whole:
        word = token if token in _ASKING else "_"
        if word != "_" or not frame or frame[-1] != "_":
            frame.append(word)
    runs = set(_runs(whole, (1, 2, 3), ""))
    runs.update(run for run in _runs(frame, (2, 3, 4), "~") if "_" in run)
    found = dict.fromkeys(sorted(runs), len(runs) ** -0.5)
    text = " ".join(syllables)
    found.update((f"!{name}", _CUE_VALUE) for name, cue in _CUES if cue.search(text))
    return found


@dataclass(frozen=True, slots=True)
class _Model:
    rows: dict[str, int]  # feature -> row of weights
    weights: Any  # [features, kinds], float32
    bias: Any  # [kinds]


@lru_cache(maxsize=1)
def _model() -> _Model:
    with np.load(WEIGHTS_FILE, allow_pickle=False) as data:
        names = bytes(data["features"]).decode("utf-8").split("\n")
        weights = data["weights"].astype(np.float32) * data["scale"]
        return _Model({name: row for row, name in enumerate(names)}, weights, data["bias"])


def probabilities(question: str) -> dict[str, float]:
    """Return the probability of each kind, in the order of ``KINDS``; an empty question gives the prior."""
    model = _model()
    found = [
        (row, value)
        for name, value in features(question).items()
        if (row := model.rows.get(name)) is not None
    ]
    logits = model.bias.copy()
    if found:
        logits += (
            np.array([value for _, value in found], np.float32) @ model.weights[[row for row, _ in found]]
        )
    odds = np.exp(logits - logits.max())
    return dict(zip(KINDS, (odds / odds.sum()).tolist(), strict=True))


def recognise(question: str) -> tuple[str, float]:
    """Return the likeliest kind of a question (one of ``KINDS``) and its probability, 0..1.

    Never raises on odd text; takes about a tenth of a millisecond and needs numpy alone.
    """
    chances = probabilities(question)
    kind = max(chances, key=lambda name: chances[name])
    return kind, chances[kind]
