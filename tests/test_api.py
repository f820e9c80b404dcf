"""The API on a real server over the shipped library: the command line's answers, problems, limits."""

from __future__ import annotations

import io
import json
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import httpx
import openpyxl
import pytest

from assistant import api
from assistant.api_models import MAX_BEFORE, MAX_QUESTION
from assistant.app.security import MAX_BODY, is_open
from assistant.history import new_id
from assistant.problems import MEDIA_TYPE
from corpus.settings import Settings
from tests.pages import running

QUESTION = "Ai chủ trì tuyên truyền cải cách hành chính?"
PLAN = "kh-ubnd-binh-lu-2026-04"
ROOT = "/api/v1"


@pytest.fixture(scope="module")
def folder(shipped: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy: the server writes its history beside the library."""
    return shutil.copytree(shipped, tmp_path_factory.mktemp("served") / "library")


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[httpx.Client]:
    with running(Settings(data_dir=folder)) as address, httpx.Client(base_url=address, timeout=60) as opened:
        yield opened


def ask(client: httpx.Client, **body: Any) -> dict[str, Any]:
    reply = client.post(f"{ROOT}/ask", json=body)
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


def assert_problem(reply: httpx.Response, status: int, words: str = "") -> dict[str, Any]:
    """Assert that a reply is a problem in Vietnamese (RFC 9457); return it."""
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"].startswith(MEDIA_TYPE)
    body = dict(reply.json())
    assert {"type", "title", "status", "detail"} <= body.keys() and body["status"] == status
    assert words in body["detail"] and re.search(r"[ăâđêôơưà-ỹ]", body["title"] + body["detail"])
    assert not re.search(r"\b(field|required|value|error|input|not found|valid)\b", body["detail"], re.I), (
        body
    )
    return body


def test_ask_gives_what_the_command_line_gives(client: httpx.Client, folder: Path) -> None:
    from assistant.engine import Assistant

    told = ask(client, question=QUESTION, id=7, suggest=False)
    expected = Assistant.open(Settings(data_dir=folder)).ask(QUESTION, id=7).to_json()
    for one in (told, expected):
        one.pop("timings_ms")
    assert told == expected and told["citations"][0]["id"] == f"{PLAN}:IV.5.p1"


def test_suggestions_come_along_and_are_answered(client: httpx.Client) -> None:
    told = ask(client, question=QUESTION)
    assert 1 <= len(told["follow_ups"]) <= 3
    assert ask(client, question=told["follow_ups"][0], suggest=False)["answered"]


def test_previous_questions_are_understood_and_nothing_is_kept(client: httpx.Client) -> None:
    told = ask(client, question="còn ai phối hợp?", history=[QUESTION])
    assert told["understood"] and told["conversation"] is None
    assert told["citations"][0]["id"] == f"{PLAN}:IV.5.p2"


def test_a_kept_conversation_goes_on_can_be_read_and_is_forgotten(client: httpx.Client) -> None:
    name = ask(client, question=QUESTION, conversation="new")["conversation"]
    other = ask(client, question="SIPAS là gì?", conversation="new")["conversation"]
    assert name != other
    follow = ask(client, question="còn ai phối hợp?", conversation=name)
    assert follow["citations"][0]["id"] == f"{PLAN}:IV.5.p2"
    kept = client.get(f"{ROOT}/conversations/{name}").json()["messages"]
    assert [m["answer"]["question"] for m in kept] == [QUESTION, "còn ai phối hợp?"]
    assert kept[1]["answer"]["citations"] == follow["citations"], "citations are kept with their message"
    word = client.get(f"{ROOT}/export/conversations/{name}.docx")
    text = "\n".join(p.text for p in docx.Document(io.BytesIO(word.content)).paragraphs)
    assert "Câu hỏi 1: " + QUESTION in text and "SIPAS" not in text
    one = client.get(f"{ROOT}/export/conversations/{name}.docx", params={"message": 2})
    assert QUESTION not in [p.text for p in docx.Document(io.BytesIO(one.content)).paragraphs]
    assert client.delete(f"{ROOT}/conversations/{name}").status_code == 204
    assert_problem(client.get(f"{ROOT}/conversations/{name}"), 404)
    assert_problem(client.post(f"{ROOT}/ask", json={"question": "x", "conversation": name}), 404)
    assert client.get(f"{ROOT}/conversations/{other}").status_code == 200


def test_a_day_reaches_the_answer(client: httpx.Client) -> None:
    told = ask(client, question="Giấy khai sinh được thay bằng dữ liệu nào?", as_of="2027-03-01")
    assert told["as_of"] == "2027-03-01" and "đã hết hiệu lực" in told["warnings"][0]


def test_a_question_is_answered_from_the_chosen_documents_alone(client: httpx.Client) -> None:
    by_kind = ask(client, question="Ai ký?", within=["Nghị định", "luat-72-2025-qh15"])
    assert by_kind["within"] == ["nd-150-2025-nd-cp", "nd-63-2010-nd-cp", "luat-72-2025-qh15"]
    assert {one["document_id"] for one in by_kind["citations"]} <= set(by_kind["within"])
    assert ask(client, question=QUESTION, within=[PLAN])["citations"][0]["id"] == f"{PLAN}:IV.5.p1"
    elsewhere = ask(client, question=QUESTION, within=["luật"])  # any case
    assert not elsewhere["answered"] and elsewhere["citations"] == []
    unknown = client.post(f"{ROOT}/ask", json={"question": "x", "within": ["khong-co"]})
    assert_problem(unknown, 422, "khong-co")


def test_search_ranks_provisions(client: httpx.Client) -> None:
    found = client.post(f"{ROOT}/search", json={"query": "báo cáo trước ngày 05/12", "limit": 3}).json()
    assert len(found["results"]) == 3 and found["results"][0]["id"] == f"{PLAN}:IV.6.p2"
    assert set(found["results"][0]) == {"id", "label", "score", "scores", "text"}


def test_documents_and_provisions_can_be_walked(client: httpx.Client) -> None:
    rows = client.get(f"{ROOT}/documents").json()["documents"]
    assert len(rows) == 6 and rows[0]["id"] == PLAN
    outline = client.get(f"{ROOT}/documents/{PLAN}").json()["outline"]
    place = next(row for row in outline if row["id"] == f"{PLAN}:IV.6.p2")
    provision = client.get(f"{ROOT}/provisions/{place['id']}").json()
    assert "05/12" in provision["text"] and provision["ancestors"] == [f"{PLAN}:IV", f"{PLAN}:IV.6"]
    assert provision["label"] == place["label"]
    linked = client.get(f"{ROOT}/provisions/{PLAN}:II.4.g1").json()["references"]
    assert "nd-150-2025-nd-cp" in {one["target"] for one in linked}


def test_tasks_are_filtered_by_any_name_of_a_unit(client: httpx.Client) -> None:
    every = client.get(f"{ROOT}/tasks").json()
    economy = client.get(f"{ROOT}/tasks", params={"unit": "P.KT", "document": PLAN}).json()
    assert 0 < economy["total"] < every["total"]
    assert {row["unit"] for row in economy["tasks"]} == {"Phòng Kinh tế"}
    lead = client.get(f"{ROOT}/tasks", params={"role": "lead", "limit": 2, "offset": 1}).json()
    assert len(lead["tasks"]) == 2 and {row["role"] for row in lead["tasks"]} == {"lead"}
    partner = client.get(f"{ROOT}/tasks", params={"unit": "VP UBND", "document": PLAN}).json()["tasks"]
    assert any("Văn phòng HĐND và UBND xã" in row["cooperates"] for row in partner), "co-operation counts"
    due = [row for row in every["tasks"] if row["deadline"] and "05/12" in row["deadline"]]
    assert due and due[0]["provision_id"] == f"{PLAN}:IV.6.p2"


def test_files_open_and_hold_what_was_asked(client: httpx.Client) -> None:
    word = client.post(f"{ROOT}/export/answer.docx", json={"question": QUESTION})
    assert "attachment" in word.headers["content-disposition"]
    text = [p.text for p in docx.Document(io.BytesIO(word.content)).paragraphs]
    assert f"Câu hỏi: {QUESTION}" in text and any("Trung tâm Dịch vụ tổng hợp" in line for line in text)
    sheet = openpyxl.load_workbook(
        io.BytesIO(client.get(f"{ROOT}/export/tasks.xlsx", params={"unit": "Phòng Kinh tế"}).content)
    ).active
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert rows and {row[1] for row in rows} == {"Phòng Kinh tế"}
    assert any("tài chính công" in str(row[3]) for row in rows)


def test_health_and_readiness(client: httpx.Client) -> None:
    assert client.get(f"{ROOT}/health").json() == {"status": "ok"}
    ready = client.get(f"{ROOT}/ready").json()
    assert ready["status"] == "ready" and ready["documents"] == 6 and ready["generation"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "question: thiếu trường này"),
        ({"question": ""}, "không được để trống"),
        ({"question": "a" * (MAX_QUESTION + 1)}, f"dài quá {MAX_QUESTION} ký tự"),
        ({"question": 5}, "phải là một chuỗi"),
        ({"question": "x", "as_of": "31/12/2025"}, "NĂM-THÁNG-NGÀY"),
        ({"question": "x", "as_of": "2025-02-31"}, "có thật"),
        ({"question": "x", "history": "y"}, "phải là một danh sách"),
        ({"question": "x", "history": ["y"] * (MAX_BEFORE + 1)}, f"có quá {MAX_BEFORE} mục"),
        ({"question": "x", "history": ["y" * (MAX_QUESTION + 1)]}, "nhiều nhất"),
        ({"question": "x", "within": "y"}, "phải là một danh sách"),
        ({"question": "x", "câu": 1}, "không có trường này"),
        ([1], "phải là một đối tượng JSON"),
    ],
)
def test_a_wrong_body_is_told_field_by_field(client: httpx.Client, body: Any, words: str) -> None:
    reply = client.post(f"{ROOT}/ask", json=body)
    assert words in assert_problem(reply, 422, words)["detail"]
    assert reply.json()["errors"]


def test_other_wrong_calls_are_problems_too(client: httpx.Client) -> None:
    text = {"content-type": "application/json"}
    assert_problem(client.post(f"{ROOT}/ask", content=b"{not json", headers=text), 422, "JSON")
    assert_problem(client.post(f"{ROOT}/search", json={"query": "x", "limit": 51}), 422, "nhiều nhất là 50")
    assert_problem(client.get(f"{ROOT}/tasks", params={"role": "boss"}), 422, "role")
    assert_problem(client.get(f"{ROOT}/documents/khong-co"), 404, "khong-co")
    assert_problem(client.get(f"{ROOT}/provisions/{PLAN}:XX.9"), 404, "XX.9")
    assert_problem(client.get(f"{ROOT}/conversations/{new_id()}"), 404)
    assert_problem(client.delete(f"{ROOT}/conversations/{new_id()}"), 404)
    assert_problem(client.get(f"{ROOT}/khong-co"), 404)
    assert_problem(client.get(f"{ROOT}/ask"), 404)
    assert_problem(client.post(f"{ROOT}/ask", content=b"x" * (MAX_BODY + 1), headers=text), 413)
    assert_problem(client.post(f"{ROOT}/ask", json={"question": "x"}, headers={"origin": "http://evil"}), 403)
    assert_problem(client.request("DELETE", f"{ROOT}/conversations/{new_id()}",
                                  headers={"sec-fetch-site": "cross-site"}), 403)  # fmt: skip
    assert_problem(client.get(f"{ROOT}/health", headers={"host": "evil.example"}), 421)


@pytest.mark.parametrize(
    "path",
    ["/api/v1/docs", "/api/v1/redoc", "/api/v1/", "/api/v1", "/api/v1/documents/../tasks", "/api/v2/ask",
     "/api/v1/documents/a/b", "/api/v1/conversations/abc", "/api/v1/export/conversations/x.docx"],
)  # fmt: skip
def test_nothing_else_of_the_api_is_open(path: str) -> None:
    assert not any(is_open(method, path) for method in ("GET", "POST", "DELETE", "PUT"))


def test_the_schema_is_vietnamese_complete_and_names_no_other_host(client: httpx.Client) -> None:
    reply = client.get(f"{ROOT}/openapi.json")
    schema = reply.json()
    assert not re.search(r"https?://", reply.text)
    paths = {(method.upper(), path) for path, item in schema["paths"].items() for method in item}
    assert {("POST", "/ask"), ("POST", "/search"), ("GET", "/documents"), ("GET", "/documents/{document_id}"),
            ("GET", "/provisions/{provision_id}"), ("GET", "/tasks"), ("GET", "/health"), ("GET", "/ready"),
            ("POST", "/export/answer.docx"), ("GET", "/export/tasks.xlsx")} <= paths  # fmt: skip
    for item in schema["paths"].values():
        for operation in item.values():
            assert re.search(r"[ăâđêôơưà-ỹ]", operation["summary"])
    body = schema["components"]["schemas"]["AskBody"]
    assert body["examples"][0]["question"] == QUESTION
    answer = schema["components"]["schemas"]["AnswerBody"]["properties"]
    assert set(answer) == set(ask(client, question=QUESTION)), "the schema lists exactly what is sent"
    assert schema["servers"] == [{"url": ROOT}]


def test_security_headers_stand_on_the_api_as_well(client: httpx.Client) -> None:
    headers = client.get(f"{ROOT}/health").headers
    assert headers["x-content-type-options"] == "nosniff" and "access-control-allow-origin" not in headers
    assert "default-src 'self'" in headers["content-security-policy"]


def test_an_answer_that_takes_too_long_is_given_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from assistant.engine import Assistant

    monkeypatch.setattr(api, "ANSWER_SECONDS", 0.3)
    assistant = Assistant.open(Settings(data_dir=folder))
    monkeypatch.setattr(assistant, "converse", lambda *_, **__: time.sleep(2))
    with running(Settings(data_dir=folder), assistant) as address:
        assert_problem(httpx.post(f"{address}{ROOT}/ask", json={"question": "x"}, timeout=20), 504)
        assert httpx.get(f"{address}{ROOT}/health", timeout=20).status_code == 200, "the server goes on"


def test_without_a_history_a_conversation_is_refused_and_questions_answered(folder: Path) -> None:
    with running(Settings(data_dir=folder, history=False)) as address:
        refused = httpx.post(
            f"{address}{ROOT}/ask", json={"question": QUESTION, "conversation": "new"}, timeout=60
        )
        assert_problem(refused, 409, "TROLY_HISTORY=0")
        plain = httpx.post(f"{address}{ROOT}/ask", json={"question": QUESTION}, timeout=60)
        assert json.loads(plain.text)["answered"]
