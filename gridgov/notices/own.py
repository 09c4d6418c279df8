"""Channels that somebody keeps themselves: few, and only such as lead to hosts that are known.

What they give is a telephone number, for SMS, or the address of a group's robot as DingTalk, WeCom
and Feishu show it. Any other address of Apprise could make this server call wherever its author
likes, so that only whoever has the command line adds one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.errors import BadInput, NotFound
from gridgov.keys import Keys
from gridgov.notices.channels import NUMBER, AddressWrong, held, keep
from gridgov.notices.rules import SMS
from gridgov.notices.tables import Channel, of_account
from gridgov.people.noted import note
from gridgov.people.tables import Account

MOST = 5
# Host and path of a robot's address, where its token stands in it, and how Apprise calls it.
ROBOTS = {
    ("oapi.dingtalk.com", "/robot/send"): ("access_token", "dingtalk"),
    ("qyapi.weixin.qq.com", "/cgi-bin/webhook/send"): ("key", "wecombot"),
    ("open.feishu.cn", "/open-apis/bot/v2/hook"): ("", "feishu"),
}
TOKEN = re.compile(r"[0-9A-Za-z_-]{5,128}")


class NotOneOfThese(BadInput):
    """Give a telephone number, or the webhook address of a DingTalk, WeCom or Feishu robot."""


class NoSms(BadInput):
    """This office sends no SMS; give the webhook address of a robot."""


class TooManyChannels(BadInput):
    """You have %(most)s channels already; remove one first."""


def own_channels(session: Session, account: int) -> Sequence[Channel]:
    """Return the channels of whoever an account is."""
    return session.scalars(held(_holder(session.get_one(Account, account)))).all()


def add_own(
    session: Session, keys: Keys, account: int, given: str, at: datetime, *, phones: bool
) -> Channel:
    """Add a channel of one's own; `phones` tells whether there is a gateway for SMS.

    Raises: NotOneOfThese, NoSms, TooManyChannels, ChannelThere.
    """
    address = read(given)
    if address.startswith(f"{SMS}:") and not phones:
        raise NoSms(field="address")
    # Locked, so that two at once do not make one too many.
    own = session.get_one(Account, account, with_for_update=True)
    if len(session.scalars(held(_holder(own))).all()) >= MOST:
        raise TooManyChannels(most=MOST)
    whose = {"person_code": own.person_code} if own.person_code else {"account_id": own.id}
    try:
        made = keep(session, keys, Channel(**whose), address, at)
    except AddressWrong as error:
        raise NotOneOfThese(field="address") from error
    note(session, keys, at, "channel_added", account, channel=made.id, kind=made.kind)
    return made


def remove_own(session: Session, keys: Keys, account: int, key: int, at: datetime) -> None:
    """Remove a channel of one's own; what still waits for it is given up. Raises NotFound."""
    own = held(_holder(session.get_one(Account, account))).where(Channel.id == key)
    channel = session.scalars(own).one_or_none()
    if channel is None:
        raise NotFound(field="key")
    session.delete(channel)
    session.flush()
    note(session, keys, at, "channel_removed", account, channel=key, kind=channel.kind)


def read(given: str) -> str:
    """Return the address of a channel from what somebody typed or pasted. Raises NotOneOfThese."""
    text = given.strip()
    number = re.sub(r"[\s()-]", "", text.removeprefix(f"{SMS}:"))
    if NUMBER.fullmatch(number):
        return f"{SMS}:{number}"
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise NotOneOfThese(field="address") from error
    path, _, last = parts.path.rstrip("/").rpartition("/")
    for (host, start), (name, kind) in ROBOTS.items():
        token = parse_qs(parts.query).get(name, [""])[0] if name else last
        where = parts.path.rstrip("/") if name else path
        if (parts.scheme, parts.netloc, where) == ("https", host, start) and TOKEN.fullmatch(token):
            return f"{kind}://{token}"
    raise NotOneOfThese(field="address")


def forget_ended(session: Session) -> int:
    """Remove the channels of accounts that are let in no more; returns how many."""
    gone = session.execute(sa.delete(Channel).where(ended()))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def ended() -> sa.ColumnElement[bool]:
    """Return the condition that a channel is that of an account which is let in no more."""
    return Channel.account_id.in_(sa.select(Account.id).where(sa.not_(Account.active)))


def _holder(account: Account) -> str:
    return account.person_code or of_account(account.id)
