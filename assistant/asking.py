"""What of a question asks, and what it asks about: the asking words go, the content words stay."""

from __future__ import annotations

import re

from corpus.text import fold
from corpus.words import Word, segment

# Phrases that ask, over folded text; whole phrases only, so that "phòng bệnh" or "đơn vị sự nghiệp" stay.
_ASKING = re.compile(
    r"\b(?:han(?= (?:nop|gui|bao cao|cuoi|chot))|"
    r"(?:xin |vui long |lam on )?(?:cho|noi|chi)(?: (?:t[oô]i|em|minh|anh|chi))? (?:biet"
    r"|hoi|xem)|(?:don vi|co quan|bo phan|to chuc|ban nganh|ban,? nganh|phong ban|phong"
    r"|ben|cap|nguoi|noi|cho|trung tam|van ban|"
    r"nghi dinh|nghi quyet|quyet dinh|ket luan|luat|linh vuc|viec|nhiem vu|noi dung|dieu"
    r"|van de|muc|nam|thang|ngay|giai doan|thoi diem|thoi gian|lop|chi so"
    r"|so)(?: chuyen mon| cu the)? (?:nao|gi|may|bao nhieu)|"
    r"(?:thi )?hoi (?:phong|ai|don vi|co quan) nao|chiu trach nhiem(?: chinh)?(?: ve)?"
    r"|co trach nhiem|trach nhiem cua|phu trach|dam nhiem|dam nhan|duoc giao(?: cho)?"
    r"|giao(?: viec)?(?: cho)?(?= (?:ai|don vi|phong|co quan|ben|cac|nhung|viec|gi|\||$))"
    r"|giao cho|"
    r"chu tri|tham muu|(?:dau|đầu) moi|bao nhieu|khi nao|bao gio|luc nao|nhu the nao|the nao"
    r"|den het|ra sao|vi sao|tai sao|(?:o|tai|ve|den|vao|di) dau|viet tat|(?:co )?nghia la|y nghia"
    r"|la gi|lam (?:nhung )?gi|nhung gi|cai gi|duoc hieu|"
    r"(?:thuoc )?tham quyen|can cu(?: phap ly)?(?: vao)?|co so phap ly|dua (?:tren|vao)"
    r"|theo quy dinh|han chot|phan tram|nhung ai|cua ai|cho ai|liet ke|ke ten"
    r"|hay neu|hay cho biet|neu ro|cu the(?! hoa)|"
    r"quy dinh (?=gi|nhung|cac|ve|\||$)|noi (?:ve|gi|nhung)|dung khong|phai khong"
    r"|hay khong|duoc khong|(?:o |cua |thuoc )?cap xa|hien (?:nay|tai)"
    r"|bao lau(?: mot lan)?|may lan|gom (?:nhung|co|cac)?|bao gom|ten (?:day du|la gi)"
    r"|toan bo|cong viec)\b"
)

_STOP = frozenset(
    [
        "ai",
        "nào",
        "gì",
        "mấy",
        "đâu",
        "sao",
        "là",
        "có",
        "không",
        "ko",
        "hông",
        "k",
        "của",
        "và",
        "với",
        "cho",
        "trong",
        "về",
        "theo",
        "được",
        "phải",
        "thì",
        "mà",
        "như",
        "những",
        "các",
        "một",
        "này",
        "đó",
        "kia",
        "đấy",
        "đây",
        "sẽ",
        "đã",
        "đang",
        "cần",
        "hay",
        "hoặc",
        "hỏi",
        "xin",
        "tôi",
        "mình",
        "em",
        "anh",
        "chị",
        "bạn",
        "ơi",
        "ạ",
        "à",
        "nhỉ",
        "vậy",
        "thế",
        "ra",
        "vào",
        "bị",
        "bởi",
        "nếu",
        "còn",
        "cũng",
        "chỉ",
        "riêng",
        "mọi",
        "từ",
        "đến",
        "tới",
        "ở",
        "tại",
        "để",
        "khi",
        "lúc",
        "do",
        "bên",
        "giờ",
        "hộ",
        "giúp",
        "dùm",
        "xem",
        "tìm",
        "tra",
        "biết",
        "muốn",
        "hiểu",
        "nói",
        "rõ",
        "nên",
        "đi",
        "rồi",
        "nữa",
        "thêm",
        "lại",
        "vẫn",
        "luôn",
        "gồm",
        "bằng",
        "trên",
        "dưới",
        "sau",
        "trước",
        "ngày",
        "tháng",
        "năm",
        "hết",
        "nay",
        "đang",
        "ta",
        "chúng",
        "ai",
        "đó",
        "lo",
        "làm",
        "việc",
        "hằng",
        "hàng",
        "nhé",
        "nha",
        "rằng",
        "thuộc",
        "hạn",
        "qua",
        "cái",
        "điều",
        "giao",
        "cùng",
        "ngoài",
        "toàn",
        "lấy",
        "đưa",
        "mỗi",
        "lên",
        "xuống",
        "chuyện",
        "mảng",
        "phần",
        "mục",
        "xong",
        "hôm",
        "mốc",
        "dịp",
        "kể",
        "nêu",
    ]
)
_STOP_FOLDED = frozenset(fold(word) for word in _STOP)

# Two-syllable words that ask or connect; in marked form, compared folded where typed without marks.
_STOP_WORDS = frozenset(
    {
        "bao nhiêu", "khi nào", "thế nào", "như thế", "cơ quan", "đơn vị", "bộ phận", "trách nhiệm",
        "phụ trách", "chủ trì", "tham mưu", "thẩm quyền", "đầu mối", "đảm nhiệm", "đảm nhận", "căn cứ",
        "pháp lý", "cụ thể", "quy định", "nội dung", "như vậy", "những gì", "cái gì", "hỏi phòng",
        "phòng nào", "bởi ai", "ngoài ra", "đối với", "liên quan", "giúp việc", "giúp câu",
        "đúng không", "có phải", "lĩnh vực", "cấp xã", "phải làm", "được làm", "gồm những", "như nào",
        "hiện nay", "quản lý", "quản lí", "công việc", "nhiệm vụ", "triển khai", "thực hiện",
        "nghĩa là", "viết tắt", "là gì", "thời hạn", "thời điểm", "thời gian nào", "ai là", "hạn chót",
        "hạn cuối", "tỷ lệ", "tỉ lệ", "chỉ tiêu", "tần suất", "mức độ", "con số",
        "số lượng", "yêu cầu", "bước gì", "nói chung", "bình thường", "kết thúc",
    }
)  # fmt: skip
_STOP_WORD_KEYS = frozenset("_".join(fold(word.strip()).split()) for word in _STOP_WORDS)

GENERIC = frozenset(
    [
        "thuc_hien",
        "trien_khai",
        "to_chuc",
        "cong_tac",
        "nhiem_vu",
        "noi_dung",
        "quy_dinh",
        "hoat_dong",
        "co_quan",
        "don_vi",
        "ke_hoach",
        "xa",
        "dia_ban",
        "quan_ly",
        "giai_phap",
        "yeu_cau",
        "cong_viec",
        "phuc_vu",
        "day_manh",
        "tang_cuong",
        "nang_cao",
        "bao_dam",
        "dam_bao",
        "trach_nhiem",
        "huyen",
        "tinh",
        "nam",
        "phong",
        "chinh",
        "uy_ban",
        "nhan_dan",
        "hoi_dong",
        "van_ban",
        "binh",
        "lu",
    ]
)
"""Keys of words that every administrative text holds; they count, but little."""


# Asking syllables whose other marked readings are everyday words of their own: "máy" is not "mấy", "đầu tư"
# asks for no place, "tôi đã" is not "tối đa". Only marks that were typed tell.
_ASKED = {
    "may": "mấy", "nao": "nào", "dau": "đâu", "gom": "gồm", "neu": "nêu", "toi": "tối", "nam": "năm",
    "ai": "ai", "hom": "hôm", "mung": "mùng",
}  # fmt: skip
_ASKED_SYLLABLE = re.compile(r"\b(?:" + "|".join(_ASKED) + r")\b")


def fold_asking(text: str) -> str:
    """Return ``text`` (normal form) folded but for marked syllables that only look like asking words.

    Positions stay those of ``text``.
    """

    def form(match: re.Match[str]) -> str:
        typed = text[match.start() : match.end()].lower()
        return match.group() if typed in (match.group(), _ASKED[match.group()]) else typed

    return _ASKED_SYLLABLE.sub(form, fold(text))


def content_words(text: str) -> tuple[Word, ...]:
    """Return the words of a question (normal form, abbreviations expanded) that say what it is about.

    Where nothing but asking words is there ("hạn báo cáo?"), less is taken away.
    """
    kept = named_words(text)
    if not kept:
        kept = [word for word in segment(text) if not _plain_stop(word)]
    return tuple(kept)


def named_words(text: str) -> list[Word]:
    """Return the words of ``content_words``, none where nothing but asking words is there."""
    pieces, last = [], 0
    for start, end in asking_spans(text):
        pieces += [text[last:start], " | "]
        last = end
    words = [part for word in segment("".join([*pieces, text[last:]])) for part in _without_function(word)]
    return [word for word in words if not is_asking(word)]


def asking_spans(text: str) -> list[tuple[int, int]]:
    """Return where the phrases that ask stand in ``text``."""
    return [match.span() for match in _ASKING.finditer(fold_asking(text))]


# Syllables that only connect: beside another syllable they are no word, however often the two stand together.
_FUNCTION = frozenset({
    "cần", "chưa", "còn", "mà", "thì", "phải", "nên", "vẫn", "cũng", "đã", "đang", "sẽ", "của", "là", "và",
    "nhưng", "nếu", "vì", "bị", "các", "những", "để", "do", "từ", "vào", "làm", "thêm", "mang",
})  # fmt: skip
_TRUE_WORDS = frozenset({
    "cần_thiết", "còn_lại", "hậu_cần", "vì_vậy", "vì_thế", "bị_can", "bị_cáo", "trang_bị", "từ_ngữ",
    "từ_chối", "việc_làm", "do_đó", "mang_thai", "thiết_bị", "chuẩn_bị", "tự_do", "lý_do", "làm_việc",
    "làm_chủ", "đầu_vào", "của_cải", "từ_điển", "từ_bỏ",
})  # fmt: skip


def _without_function(word: Word) -> tuple[Word, ...]:
    """Return the word, or of a chance pair ("cần làm", "phải nộp") its syllables."""
    if len(word.surface) != 2 or _FUNCTION.isdisjoint(word.surface) or "_".join(word.surface) in _TRUE_WORDS:
        return (word,)
    return tuple(Word((s,), (f,)) for s, f in zip(word.surface, word.folded, strict=True))


def is_asking(word: Word) -> bool:
    """True for words that ask or connect rather than name."""
    return _plain_stop(word) or (len(word.folded) == 2 and word.key in _STOP_WORD_KEYS)


def _plain_stop(word: Word) -> bool:
    if len(word.folded) != 1:
        return False
    surface, folded = word.surface[0], word.folded[0]
    if surface in _STOP:
        return True
    # "bán" is a word, "ban" typed without marks may be "bạn": only the unmarked form is doubtful.
    return surface == folded and folded in _STOP_FOLDED


def text_words(text: str) -> tuple[Word, ...]:
    """Return the words of a document's own text that carry meaning (for joining two provisions)."""
    return tuple(word for word in segment(text) if not _plain_stop(word))
