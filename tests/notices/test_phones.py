"""SMS and voice calls through a gateway whose wire format is a file, against a real server."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs

import pytest

from gridgov.notices.gateway import GatewayWrong, Wire, read
from gridgov.notices.tables import DEAD, FAILED, SENT
from tests.notices.conftest import MORNING, NIGHT, SHIFT, Desk

FILE = """
[sms]
url = "{url}/sms/{{key}}"
format = "json"
headers = {{ Authorization = "Bearer {{secret}}" }}
body = {{ mobiles = ["{{to}}"], content = "{{text}}", type = 1 }}
ok = '"code"\\s*:\\s*0'

[voice]
url = "{url}/voice"
format = "form"
body = {{ called = "{{to}}", say = "{{title}}" }}
"""


@pytest.fixture
def phones(desk: Desk) -> Desk:
    desk.settings.gateway.write_text(FILE.format(url=desk.target.url), "utf-8")
    return desk


def test_what_is_urgent_rings_at_any_hour_by_every_channel(phones: Desk) -> None:
    for address in ("sms:138 0000 0001", "voice:13800000001"):
        phones.channel("handler", address)
    number = phones.case()
    phones.notice(number, "handler", template="dispatch_urgent", urgent=True, at=NIGHT)
    phones.deliver(NIGHT)

    assert phones.states() == [SENT, SENT]
    by_path = {one.path.split("/")[1]: one for one in phones.target.taken}
    sms, voice = by_path["sms"], by_path["voice"]
    assert sms.headers["authorization"] == "Bearer s3cret"
    assert sms.path == f"/sms/{sms.key}"
    assert sms.json["mobiles"] == ["13800000001"]
    assert sms.json["type"] == 1
    said = parse_qs(voice.body)
    assert said["called"] == ["13800000001"]
    assert number in said["say"][0]
    assert sms.key != voice.key


def test_what_is_not_urgent_does_not_ring(phones: Desk) -> None:
    phones.channel("handler", "sms:13800000001")
    phones.channel("handler", "voice:13800000001")
    phones.channel("handler")
    phones.notice(phones.case(), "handler")
    phones.deliver()
    assert [one.path for one in phones.target.taken] == ["/bell"]


def test_a_refusal_that_answers_200_is_a_refusal(phones: Desk) -> None:
    phones.channel("handler", "sms:13800000001")
    phones.notice(phones.case(), "handler", urgent=True)
    phones.target.says = '{"code": 17, "message": "balance"}'
    phones.deliver()
    assert phones.states() == [FAILED]
    assert "balance" in (phones.messages()[0].error or "")


def test_a_reporter_who_chose_so_is_told_by_sms_with_number_and_code(phones: Desk) -> None:
    reporter = {"name": "王小明", "phone": "13900000002", "notices": "sms"}
    made = phones.reported(reporter=reporter)
    phones.forget()
    phones.notice(made["number"], made["number"], kind="reporter", template="submit", at=NIGHT)
    phones.deliver(NIGHT)
    assert phones.target.taken == []  # urgent or not, a reporter is not woken
    phones.deliver(SHIFT)
    (sms,) = phones.target.taken
    assert sms.json["mobiles"] == ["13900000002"]
    assert f"https://grid.example/r/{made['number']}#{made['query_code']}" in sms.json["content"]
    assert "王" not in sms.body
    shown = phones.town.read(made["number"], "dispatcher")["reporter"]
    assert shown == {"name": "王**", "phone": "139****0002", "notices": "sms"}


@pytest.mark.parametrize(
    "reporter", [{"phone": "13900000002"}, {"name": "王小明", "notices": "sms"}, None]
)
def test_nobody_else_who_reports_is_told(phones: Desk, reporter: dict[str, str] | None) -> None:
    made = phones.reported(**({"reporter": reporter} if reporter else {}))
    phones.forget()
    phones.notice(made["number"], made["number"], kind="reporter", template="submit")
    phones.deliver()
    assert phones.target.taken == []
    assert phones.messages() == []


def test_a_member_who_reports_is_told_by_their_channels(phones: Desk) -> None:
    number = phones.case("member")
    phones.channel("member")
    phones.notice(number, number, kind="reporter", template="pass")
    phones.deliver()
    assert len(phones.target.taken) == 1
    assert "您的诉求" in phones.target.titles[0]


def test_without_a_gateway_nothing_is_queued_for_telephones(desk: Desk) -> None:
    desk.channel("handler", "sms:13800000001")
    desk.notice(desk.case(), "handler", urgent=True)
    desk.deliver()
    assert desk.messages() == []


def test_with_half_a_gateway_the_other_half_is_tried_and_says_so(desk: Desk) -> None:
    sms = FILE.format(url=desk.target.url).split("[voice]")[0]
    desk.settings.gateway.write_text(sms, "utf-8")
    desk.channel("handler", "voice:13800000001")
    desk.notice(desk.case(), "handler", urgent=True)
    desk.deliver(MORNING)
    assert desk.states() in ([DEAD], [FAILED])
    assert "voice" in (desk.messages()[0].error or "")


def test_values_are_escaped_as_the_format_needs() -> None:
    values = {"to": "1", "text": 'a"b<c>&{secret}\n', "key": "k", "secret": "s", "title": "t"}
    _, body, _ = Wire("http://x", body={"t": "{text}"}).request(values)
    assert body == b'{"t": "a\\"b<c>&{secret}\\n"}'
    _, body, _ = Wire("http://x", format="form", body={"t": "{text}"}).request(values)
    assert parse_qs(body.decode())["t"] == [values["text"]]
    _, body, _ = Wire("http://x", format="xml", body="<t>{text}</t>").request(values)
    assert body == b'<t>a"b&lt;c&gt;&amp;{secret}\n</t>'
    url, _, headers = Wire("http://x/{text}", headers={"X": "{text}"}, body={"a": 1}).request(
        values | {"text": "x/?\r\nEvil: 1"}
    )
    assert url == "http://x/x%2F%3F%0D%0AEvil%3A%201"
    assert headers["X"] == "x/?Evil: 1"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[fax]\n", "takes"),
        ("[sms]\nurl = 'ftp://x'\n", "url"),
        ("[sms]\nurl = 'http://x'\nformat = 'csv'\n", "format"),
        ("[sms]\nurl = 'http://x'\n", "body"),
        ("[sms]\nurl = 'http://x'\nbody = {}\nok = '('\n", "ok"),
        ("[sms]\nurl = 'http://x'\nbody = {}\nto = ''\n", "takes"),
        ("[sms", "gateway.toml"),
        ("sms = 1", "takes"),
    ],
)
def test_a_wrong_file_is_told_by_its_place(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(GatewayWrong, match=says):
        read(path)


def test_the_file_that_comes_along_names_no_gateway(desk: Desk) -> None:
    from gridgov.settings import ROOT

    assert read(ROOT / "config" / "gateway.toml") == {}
