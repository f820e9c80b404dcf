"""Kinds of question, recognised by what is asked rather than by what it is about.

A table of patterns over folded text (abbreviations written out): the first kind whose pattern
matches wins, so the order is the rule. Patterns look at the asking words only.
"""

from __future__ import annotations

import re

SMALLTALK = "smalltalk"
INJECTION = "injection"
LIBRARY = "library"
PLACE = "place"
DOCUMENT = "document"
DEFINITION = "definition"
BASIS = "legal_basis"
DEADLINE = "deadline"
TARGET = "target"
DUTIES = "duties"
COMPETENCE = "competence"
RESPONSIBILITY = "responsibility"
LIST = "list"
GENERAL = "general"

_WHO = (
    r"(?:^|\b)ai\b|(?:(?:don vi|co quan|phong|bo phan)(?: chuyen mon)? gi|"
    r"(?:don vi|co quan|phong|bo phan|to chuc|ban nganh|trung tam|ben|cho|noi|cap"
    r"|nguoi)(?: chuyen mon)? nao)\b"
    r"|\b(?:don vi|co quan|phong|ben|nguoi|dau moi) (?:chu tri|phu trach|dau moi|chiu trach nhiem)"
    r"(?: la)?\s*\?*$|\bgiao (?:cho )?(?:ai|don vi nao)"
    r"|thuoc (?:ve )?(?:phong|don vi|co quan|ai|ben) nao|\bphong ban nao|thuoc (?:phong|don vi|co quan"
    r"|ben)\s*\?*$"
)

_TALK_CORE = frozenset({
    "chao", "hello", "hi", "hey", "alo", "cam", "thanks", "thank", "tks", "thks", "bye", "biet", "ok",
    "oke", "okie", "okay", "okela", "uk", "uh", "um", "ukm", "u", "vang", "da", "tuyet", "tot", "hay",
    "good", "hihi", "haha", "hehe", "gioi", "thoi", "gap", "hen", "chuc", "khoe", "morning",
    "afternoon", "hieu",
})  # fmt: skip
"""Of these one at least stands in every greeting, thanks or good-bye."""
_TALK_WORDS = _TALK_CORE | frozenset({
    "xin", "a", "ah", "ha", "lo", "on", "you", "tam", "voi", "lam", "qua", "ban", "em", "anh", "chi",
    "tro", "ly", "ao", "nhe", "nha", "nhieu", "rat", "cac", "moi", "nguoi", "buoi", "sang", "trua",
    "chieu", "toi", "ngay", "lanh", "dong", "assistant", "bot", "chatbot", "b", "he", "the", "nua",
    "nay", "kia", "lai", "minh", "oi", "khong", "roi", "xong", "mot", "vui", "ve", "co", "giup", "ho",
    "do", "nhiet", "tinh", "di", "day", "sau", "duoc", "that", "viec", "va", "mai", "vay", "nhi", "ne",
    "ad", "admin", "bac", "chu", "thay", "cau", "cuoi", "tuan", "night", "evening", "my", "friend",
    "so", "much", "very", "dep", "yeu", "da", "mn", "tat", "ca", "ngu", "ngon", "hom", "cho", "thi",
    "ra",
})  # fmt: skip
_OPENS_TALK = re.compile(
    r"^(?:xin |da |oi |ok |oke |uk |vang |thoi )*"
    r"(?:chao|cam on|hello|hi|hey|alo|tam biet|bye|thank|tks|hen gap|thoi)\b"
)
# "Bạn là ai", "cho hỏi bạn giúp được gì": what the assistant is and can. "Trợ lý ảo" may be the plan's, so
# only what no plan would say of it counts there.
_SELF = r"(?:ban|em|may|bot|chatbot|ad|he thong nay|tro ly)(?: (?:oi|a|nay|day))?"
_ABOUT_SELF = re.compile(
    r"^(?:(?:xin|chao|cho|toi|minh|em|hoi|a|oi|the|vay|hey|hello|hi|alo|da|tro|ly|ao) )*(?:"
    + _SELF
    + r" (?:la (?:ai|gi|cai gi|con gi)|do ai (?:tao|lam|viet|phat trien|lap trinh)|duoc ai (?:tao|lam)"
    r"|ten (?:la )?gi|(?:co the |co |biet )?(?:lam|giup|ho tro|tra loi)(?: (?:toi|minh|em|cho|duoc|gi"
    r"|nhung|viec"
    r"|cau hoi))* gi|biet (?:lam )?(?:nhung )?gi|co (?:chuc nang|kha nang) gi|dung de lam gi"
    r"|la nguoi hay (?:la )?may"
    r"|la (?:nguoi|may) (?:that |a|ha)|khoe khong|bao nhieu tuoi|hoat dong (?:nhu )?the nao)"
    r"|tro ly ao(?: (?:oi|nay))? (?:la ai|ten (?:la )?gi|(?:do|duoc) ai (?:tao|viet|lap trinh)|khoe khong)"
    r"|ai (?:tao|lap trinh|lam|viet) ra (?:ban|em|may)\b"
    r"|ten (?:cua )?(?:ban|em) la gi)\b"
)

_INJECTION = re.compile(
    r"(?:bo qua|quen|phot lo|khong (?:can )?(?:tuan theo|theo)|vo hieu).{0,40}(?:huong dan"
    r"|chi dan|lenh|quy tac|chi thi|noi quy)(?! thi hanh)"
    r"|ignore .{0,30}(?:instruction|rule|prompt)|system prompt|prompt he thong|dong vai"
    r"|gia vo (?:la|ban)|hay gia su ban la|"
    r"(?:in ra|tiet lo|xuat ra|cho xem|hien thi).{0,30}(?:mat khau|cau hinh|ma nguon"
    r"|api key|khoa bi mat|bien moi truong)|jailbreak|developer mode|"
    r"<script|drop table|tra loi (?:rang|la) .{0,80}(?:du|cho du|bat ke|mac ke)"
    r"|hay khang dinh rang|you are now|"
    r"hay (?:noi|viet|tra loi|bia|tu bia|tu nghi ra) (?:rang|la)\b|bia ra|tu nghi ra"
)

_KINDS: list[tuple[str, re.Pattern[str]]] = [
    (
        COMPETENCE,
        re.compile(
            r"(?:phong|don vi|bo phan|ben|co quan)[\w ]* nao\b.*\bcan cu (?:vao dau|nao|diem nao"
            r"|phap ly|dau)"
        ),
    ),
    (
        LIBRARY,
        re.compile(
            r"(?:kho|thu vien|he thong|tro ly|ban) (?:hien )?(?:dang )?(?:co|chua|giu|luu"
            r"|nap)(?: duoc)?(?: nhung| bao nhieu| cac)? (?:van ban|tai lieu)"
            r"|nhung van ban nao (?:co )?trong kho"
        ),
    ),
    (
        DEFINITION,
        re.compile(
            r"viet tat|\bgoi la gi\b|nghia la gi|co nghia (?:la )?gi"
            r"|duoc hieu (?:la|nhu the nao|the nao|ra sao)"
            r"|giai thich (?:tu|cum tu|khai niem|thuat ngu)|khai niem|dinh nghia|"
            r"\btheo nghia nao|\bten day du|y nghia cua (?:tu|cum)|la (?:chi so|cai|khai niem|tu|cum tu) gi\b"
            r"|\bnghia la (?:sao|the nao)|^(?:the nao|nhu the nao|sao goi) la\b|(?:doc|viet) (?:ra )?day du"
            r"|\bkhac (?:nhau )?(?:gi|o cho|o diem|the nao|ra sao|nhau)|\bkhac\b.{0,30}\b(?:o (?:cho"
            r"|diem)|the nao|ra sao)"
            r"|co gi khac|\btuc la gi"
            r"|giai thich giup|\bla (?:co quan|don vi|to chuc) gi\b"
            r"|\bla cai gi\b|(?:viet|goi) tat"
        ),
    ),
    (
        BASIS,
        re.compile(
            r"theo (?:quy dinh|chuong trinh|ke hoach)[\w, ]* cua (?:nhung |cac )?(?:cap nao|ai|co quan nao)|"
            r"can cu (?:phap ly|vao (?:dau|van ban|nhung|quy dinh)|nao|de\b|ban hanh|gi\b|theo|cua"
            r"|thuc hien|phap luat)|co so phap ly|cang cu|(?:dua|can cu|theo|chiu theo"
            r"|thuc hien theo|tuan theo|lam theo) (?:tren |vao |cac |nhung )?"
            r"(?:van ban|quy dinh|nghi dinh|nghi quyet|quyet dinh|ket luan|luat|ke hoach"
            r"|phuong an)(?: phap ly| phap luat)? (?:nao|gi)|(?:van ban|nghi dinh|nghi quyet"
            r"|quyet dinh|luat|ket luan) (?:nao|gi) (?:quy dinh|dieu chinh|lam can cu|la can cu"
            r"|huong dan|yeu cau|phe duyet|cho phep)"
            r"|de (?:thuc hien|trien khai|cu the hoa) (?:van ban|nghi quyet|ket luan|chi dao) nao"
            r"|\bcan cu\b.*\b(?:nao|gi|dau)\b|phap ly (?:nao|gi|cua)|can cu phap"
            r"|\b(?:van ban|nghi dinh|nghi quyet|quyet dinh|ket luan|luat|dieu luat|thong tu|quy dinh)"
            r"(?: phap luat| khac| so)? (?:nao|gi|may)\b|quy dinh (?:o|tai) dau|vien dan"
            r"|\b(?:bam sat|thuc hien|cu the hoa|dua (?:tren|vao|theo)|theo)(?: cac| nhung)?"
            r" (?:ke hoach|chuong trinh|phuong an) (?:nao|gi|cua ai|cua (?:cap|co quan) nao)"
        ),
    ),
    (
        DEADLINE,
        re.compile(
            r"khi nao|bao gio|luc nao|thoi han|han (?:chot|cuoi|nop|gui|bao cao|hoan thanh|chot)"
            r"|(?<!quyen )\bhan\b|\b(?:ngay|hom|mung|thang|nam|quy|giai doan|ky hop|thoi gian|moc|dip)"
            r" (?:nao|may|bao nhieu)\b(?<!so voi nam nao)(?<!so nam nao)|mung may"
            r"|\b(?:bao nhieu|may) (?:ngay|thang|nam|gio|tuan|hom)\b|(?:truoc|den|cham nhat"
            r"|muon nhat)(?: la)? (?:ngay|thang|nam|moc)(?: nao| bao nhieu)|"
            r"bao lau|tan suat|moc thoi gian|thoi (?:gian|diem) (?:nao|hoan thanh|bao cao|nop)"
            r"|dinh ky (?:nhu the nao|bao lau|the nao|khi)"
            r"|(?:thang|quy|nam) hay (?:theo |ca |tung |moi |hang )?(?:thang|quy|nam|giai doan)\b"
            r"|(?:nhung|cac|may) (?:ky|dot) nao|(?:co |bi |la )(?:tre|muon|qua han)\b"
            r"|\b(?:gui|nop)\b[^?]*\b(?:qua|ve) (?:phong|don vi|co quan|bo phan) nao"
            r"|(?=.*\bbao cao)\b(?:gui|nop|bao cao|tong hop)\b[^?]*(?:ve dau|cho ai|den dau|di dau|qua dau"
            r"|cho don vi nao|ve don vi nao|cho co quan nao|ve co quan nao|qua (?:phong|don vi|co quan|ai)"
            r"|ve phong nao|phong nao|o dau)|may (?:thang|nam|lan)(?: mot lan)? (?:bao cao"
            r"|thi bao cao)"
        ),
    ),
    (
        DUTIES,
        re.compile(
            r"(?:tham quyen|quyen han)(?:,? (?:va )?(?:nhiem vu|trach nhiem))?(?: la)? (?:nhung |cac )?gi\b"
            r"|(?:tham quyen|quyen han) (?:ra sao|the nao|gom)"
        ),
    ),
    (LIST, re.compile(r"liet ke|\bke (?:ra|ten|het|du|day du|lai)\b|, (?:do )?la (?:nhung|cac)\b")),
    (
        TARGET,
        re.compile(
            r"bao nhieu|(?<!bo )(?<!so )\bmay (?!moc|tinh|chu|quay|nao)|thu may|hang may"
            r"|phan tram|\b\d+ ?%|\b(?:co phai|dung la|co dung)\b.*\b\d+ (?!nghi|nd)"
            r"|\b\d+ \w+.*\b(?:dung khong|phai khong)\b"
            r"|cat giam may|giam may|so voi nam nao|so nam nao"
        ),
    ),
    (
        COMPETENCE,
        re.compile(
            r"tham quyen|(?:co )?(?:thuoc|phai) (?:viec|trach nhiem|nhiem vu|phan viec|quyen"
            r"|pham vi)(?: quan ly)? cua (?:cap )?(?:xa|minh|uy ban nhan dan xa|ta|chung ta)"
            r"|viec (?:nay )?cua (?:cap )?xa (?:khong|hay)|cap xa (?:co )?(?:duoc|phai|quan ly"
            r"|giai quyet|lam|quyet dinh)|xa (?:co )?(?:duoc (?:quyen|phep|lam)|phai lam|quan ly"
            r"|giai quyet)[^?]*(?:khong|ko)\b|"
            r"linh vuc[^?]*\b(?:thuoc|do|phong nao|don vi nao|ai)\b|thuoc (?:linh vuc|chuc nang)"
            r"|(?:phong|don vi|co quan|bo phan)(?: chuyen mon)? nao[^?]*(?:quan ly|phu trach"
            r"|tham muu)|do (?:phong|don vi|ai|co quan|ben)(?: nao)? (?:quan ly|phu trach)"
            r"|cap nao (?:quan ly|quyet dinh|giai quyet)|hay (?:la )?cua (?:cap )?(?:tinh|so)\b"
            r"|quan ly nha nuoc ve"
        ),
    ),
    (
        DUTIES,
        re.compile(
            r"(?:nhiem vu|trach nhiem|cong viec|viec|vai tro|phan viec|chuc nang)(?: chinh| cu the"
            r"| chu yeu)? cua|(?:(?<!de )(?<!dung )lam|thuc hien|phu trach|dam nhan|dam nhiem|chu tri"
            r"|tham muu|co"
            r"|duoc giao|phai lam|chiu trach nhiem|phai thuc hien)(?: ve)?(?: nhung"
            r"| cac)?(?: nhiem vu| viec| cong viec| trach nhiem| noi dung| mang| phan viec"
            r"| linh vuc)*(?: cu the)? (?:gi|nao)\b|co (?:nhung )?(?:nhiem vu|trach nhiem)"
            r"|duoc giao|phai lam"
        ),
    ),
    (RESPONSIBILITY, re.compile(_WHO)),
    (
        TARGET,
        re.compile(
            r"(?:chi tieu|ty le|ti le|muc tieu|muc do|con so)\b.*(?:nao|gi|the nao|sao|\?|$)"
            r"|\btoi thieu\b|\btoi da\b|\bit nhat\b|\bdat muc\b"
        ),
    ),
    (
        LIST,
        re.compile(
            r"liet ke|\bgom\b|bao gom|nhung (?:\w+ ){1,6}(?:nao|gi)\b"
            r"|cac (?:\w+ ){1,6}(?:nao|gi)\b|ke ten|\bcac (?:nguon|linh vuc|nhom|nganh|hinh thuc)\b"
            r"|\b(?:linh vuc|nganh|nguon|kenh|hinh thuc|loai|khoan|nhom|giay to|nguyen tac|tieu chi"
            r"|trinh do|noi dung|dau viec)(?: \w+){0,3} (?:nao|gi)\b"
            r"|\bke (?:du|day du|het|cac|nhung|lai)|ke ra|danh sach|neu (?:cac|nhung|ro)"
            r"|nhung gi\b"
        ),
    ),
    (DEFINITION, re.compile(r"\bla gi\b|la the nao|la nhu the nao")),
]

_DOCUMENT = re.compile(
    r"ai (?:la nguoi )?(?:ky|da ky)|nguoi ky|\bky (?:ten |ban |vao )*(?:ke hoach|van ban|nghi|quyet|luat"
    r"|ban)\b|dat but|\b(?:ai|noi nao|don vi nao|co quan nao|nhung dau)\b.*\b(?:duoc gui|duoc nhan"
    r"|nhan)\b.*\bke hoach\b|(?:ai|co quan nao|don vi nao|cap nao"
    r"|noi nao) (?:da )?ban hanh|(?:do|duoc) (?:ai|co quan nao|don vi nao"
    r"|cap nao)[^?]*(?:ban hanh|ky)|ban hanh (?:ngay|khi|nam|thang|vao|luc|boi|hom|mung)|(?:ngay"
    r"|thang|nam|thoi diem) (?:thang nam )?(?:nao )?(?:ban hanh|ky)|ngay ky|"
    r"noi nhan|(?:duoc |da )?gui (?!bao cao|ket qua|ho so|van ban)(?:cho|den|toi|so|tt"
    r"|nhung|cac|ai|dau|ban|hoi dong|dang)|nhan (?:duoc )?(?:ban )?ke hoach"
    r"|ra (?:doi )?(?:vao )?(?:ngay|khi|nam|thang)|so (?:hieu|ky hieu|may|van ban|bao nhieu"
    r"|cua (?:ke hoach|van ban))|co so chua|so (?:cua )?(?:ke hoach|van ban)|\bso la\b"
    r"|con hieu luc|hieu luc|het han|trich yeu|ten (?:day du |goi )?(?:cua )?(?:ke hoach"
    r"|van ban|nghi|quyet|luat)|(?:sua doi|thay the|bai bo|bo sung)(?: cho)?\b.*(?:nao|gi"
    r"|chua|khong|boi)"
    r"|\bsua (?:nghi|nd\b|luat|van ban|quyet|thong)[\w ]*\b(?:nao|gi)\b"
    r"|(?:van ban|nghi dinh|nghi quyet|luat) nao (?:da )?(?:sua|thay|bai)|\bbi sua\b"
    r"|chuc vu (?:cua )?nguoi ky|"
    r"loai van ban|ve viec gi|noi dung (?:la )?gi|ban luu|la cua (?:xa|tinh|ai)"
    r"|quy dinh (?:ve )?(?:gi|cai gi|viec gi|van de gi)|noi ve (?:phuong an |chuong trinh |viec )?(?:gi"
    r"|cai gi|dieu gi"
    r"|van de gi)|ve van de gi|du thao|tu cach|chuc danh|(?:luu|duoc luu) (?:o|tai) dau"
    r"|luu o|ban hanh chua|cua (?:ai|co quan nao|cap nao|don vi nao) *\??$"
    r"|ngay (?:bao nhieu|nao|may)"
)
"""What is asked of a document as a whole; only where the question names or means a document."""


_LONGEST_TALK = 14  # words
_STRANGE_TALK = 3  # words of another matter that a greeting or thanks may hold, as long as nothing is asked
_ASKS_ANYTHING = re.compile(
    r"\b(?:gi|nao|ai|khi|bao|may|dau|sao|han|muc|dieu|khoan|phong|ke hoach|bao cao|van ban|nghi"
    r"|luat|thu tuc)\b"
)
_ASIDE = frozenset({"gi", "nao", "ai", "nhung"})


def is_smalltalk(folded: str) -> bool:
    """True for greetings, thanks and questions about the assistant itself."""
    plain = " ".join(re.sub(r"[^a-z ]+", " ", folded).split())
    words = plain.split()
    about = _ABOUT_SELF.search(plain)
    if about and _TALK_WORDS.union(_ASIDE).issuperset(plain[about.end() :].split()):
        return True
    if re.search(r"gioi thieu (?:ve )?(?:ban|minh|em|ban than)\b", plain):
        return True
    if not words or len(words) > _LONGEST_TALK or _TALK_CORE.isdisjoint(words):
        return False
    strange = sum(word not in _TALK_WORDS for word in words)
    if _OPENS_TALK.search(plain) and strange <= _STRANGE_TALK and not _ASKS_ANYTHING.search(plain):
        return True
    # After a greeting or thanks one word more may be anything ("chào trợ lý xã").
    return strange == 0 or (strange == 1 and bool(_OPENS_TALK.search(plain)) and not asks_who(folded))


def is_injection(folded: str) -> bool:
    """True where the text gives the assistant orders instead of asking about documents."""
    return bool(_INJECTION.search(folded))


def asks_document_fact(folded: str) -> bool:
    """True where something of a document as a whole is asked (signer, date, number, recipients …)."""
    return bool(_DOCUMENT.search(folded))


def asks_who(folded: str) -> bool:
    """True where the answer is a unit or a person."""
    return bool(re.search(_WHO, folded))


def asks_whether_unit(folded: str) -> bool:
    """True for a yes-no question on who does something ("có phải Phòng Kinh tế chủ trì … không")."""
    return bool(
        re.search(
            r"\bco phai\b|\bphai khong|\bdung khong|\bkhong ?\??$|\bko ?\??$"
            r"|\bhay (?:la )?(?:cua |do )?(?:phong|van phong|trung tam|ben)\b",
            folded,
        )
        and re.search(
            r"chu tri|phu trach|\blam\b|giao|thuoc|\blo\b|tham muu|quan ly|trach nhiem|dung ra"
            r"|viec cua|la cua",
            folded,
        )
    )


def asks_lead(folded: str) -> bool:
    """True where the unit that leads is asked for."""
    return bool(re.search(r"\bchu tri|\bchiu trach nhiem|\bdau moi|\bphu trach", folded))


def asks_power(folded: str) -> bool:
    """True where the question is who decides; that is a law's matter, a plan only hands out work."""
    return bool(
        re.search(
            r"co tham quyen|quyen cua (?:ai|co quan|cap)|\bquyet dinh\b(?! so| \d)|co quyen"
            r"|bo nhiem|phe chuan|phe duyet|ai quyet|\bchot\b|mien nhiem|cach chuc",
            folded,
        )
    )


_ASKS_UNIT = re.compile(
    r"\b(?:phong|don vi|bo phan|ben|trung tam|co quan|ban nganh)(?: chuyen mon)? nao\b"
    r"|\b(?:cho|noi)\b(?: nao\b)?.*\b(?:nao|o xa) (?:phu trach|chu tri|lo)\b"
    r"|(?:^|, |\bthi )ai (?!ban hanh|ky\b|duoc|nhan)"
)
_WHEN_OR_HOW_MUCH = re.compile(
    r"khi nao|bao gio|luc nao"
    r"|\b(?:ngay|hom|mung|thang|nam|quy|gio|tuan|ky|dot|moc|thoi (?:gian|diem)) (?:nao|may)"
    r"|\b(?:may|bao nhieu)\b|bao lau|thoi han|\bhan (?:chot|cuoi|nop|gui|bao cao|hoan thanh)"
    r"|phan tram|ty le|ti le|tan suat|dinh ky"
)
_REPORT_OR_TEXT = re.compile(
    r"\bbao cao\b|\bgui\b|\bnop\b|can cu|phap ly|\b(?:van ban|nghi dinh|nghi quyet|quyet dinh|luat|quy dinh"
    r"|thong tu) (?:nao|gi)\b|\btheo (?:quy dinh|van ban|ke hoach)"
)
_ASKS_ITEMS = re.compile(
    r"\bmay\b.*(?:\b(?:gi|nao) nua\b|\b(?:la|gom) (?:nhung )?gi\b|\btieu chi gi\b|\bviec gi\b)"
)


def recognise(folded: str) -> str:
    """Return the kind of a question from its folded, expanded text."""
    kind = next((kind for kind, pattern in _KINDS if pattern.search(folded)), GENERAL)
    # "Đơn vị nào chủ trì việc công khai 100 % thủ tục": what is asked is the unit, the figure only describes.
    if (
        kind in {DEADLINE, TARGET, BASIS}
        and _ASKS_UNIT.search(folded)
        and not _WHEN_OR_HOW_MUCH.search(folded)
        and not _REPORT_OR_TEXT.search(folded)
    ):
        return RESPONSIBILITY
    if kind == TARGET and _ASKS_ITEMS.search(folded):
        return LIST
    return kind
