"""Asking what people think of an answer: two buttons and, where it was wrong, why."""

from __future__ import annotations

from html import escape

from assistant.feedback import MAX_COMMENT, REASONS, Verdict

_THANKS = {
    "up": "Đã ghi nhận: câu trả lời đúng. Cảm ơn anh/chị.",
    "down": "Đã ghi nhận góp ý. Cảm ơn anh/chị.",
}


def render_vote(turn: int, given: Verdict | None, *, found: bool) -> str:
    """Return the vote under the answer of a turn; ``found``: it answers (else it says "không tìm thấy")."""
    buttons = "".join(
        f'<button type="button" class="vote-button" data-vote="{verdict}" '
        f'aria-pressed="{"true" if given == verdict else "false"}">{words}</button>'
        for verdict, words in (("up", "Đúng"), ("down", "Chưa đúng"))
    )
    thanks = f'<p class="vote-thanks" role="status">{_THANKS[given]}</p>' if given else ""
    codes = [code for code in REASONS if (code == "exists") != found]
    reasons = "".join(
        f'<button type="button" class="suggest" data-reason="{code}" aria-pressed="false">'
        f"{escape(REASONS[code])}</button>"
        for code in codes
    )
    return (
        f'<div class="vote" data-vote-turn="{turn}" role="group" aria-label="Góp ý về câu trả lời {turn}">'
        f'<span class="vote-ask">Câu trả lời này đúng chưa?</span>{buttons}{thanks}'
        f'<div class="vote-why" hidden><p class="caption" id="vi-sao-{turn}">Chưa đúng ở chỗ nào?</p>'
        f'<div class="suggests" role="group" aria-labelledby="vi-sao-{turn}">{reasons}</div>'
        f'<textarea class="field" rows="2" maxlength="{MAX_COMMENT}" aria-label="Nói rõ hơn" '
        'placeholder="Nói rõ hơn (không bắt buộc): câu trả lời đúng là gì, ở văn bản nào…"></textarea>'
        '<p class="privacy">Góp ý được lưu kèm câu hỏi và câu trả lời trên máy chủ này để người quản trị '
        "xem, kể cả khi hội thoại đã xóa.</p>"
        '<button type="button" class="step" data-vote-send>Gửi góp ý</button></div></div>'
    )
