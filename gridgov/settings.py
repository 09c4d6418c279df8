"""Settings: one frozen object from the environment over `config/default.toml`.

An unknown or missing setting stops the start with a sentence.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gridgov.errors import GridgovError
from gridgov.keys import Keys
from gridgov.words import N_, Phrase

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "GRIDGOV_"
TESTS_PREFIX = "GRIDGOV_TEST_"  # read by the tests, and by nothing else
SECRET_LENGTH = 16


class SettingUnknown(GridgovError):
    """%(name)s is not a setting of GridGov; the README lists them all."""


class SettingMissing(GridgovError):
    """Set %(name)s in the environment; GridGov does not start without it."""


class SettingWrong(GridgovError):
    """%(name)s cannot be %(value)s; it takes %(takes)s."""


@dataclass(frozen=True)
class Settings:
    """What an installation may choose; the names are those of `config/default.toml`."""

    database_url: str
    secret_key: str
    contact_key: str
    contact_keys_before: tuple[str, ...]
    code_key: str
    audit_key: str
    seal_key: str
    seals_file: Path
    seals_url: str
    seals_secret: str
    env: str
    time_zone: str
    default_park: str
    files: Path
    taxonomy: Path
    languages: tuple[str, ...]
    rate_limits: str
    rate_report: str
    rate_code: str
    rate_tiles: str
    rate_features: str
    rate_sign_in: str
    first_password_days: int
    rate_programs: str
    oidc_issuer: str
    oidc_client_id: str
    oidc_client_secret: str
    oidc_scopes: str
    oidc_label: str
    oidc_hosts: tuple[str, ...]
    rate_storage: str
    trusted_proxies: int
    max_body_bytes: int
    max_json_bytes: int
    max_file_bytes: int
    max_files: int
    max_claims: int
    frequent_categories: tuple[str, ...]
    nearby_m: int
    nearby_weeks: int
    retention_days: int
    contact_reads_a_day: int
    phone_country: str
    tianditu_key: str
    gauss_krueger: tuple[str, ...]
    office_name: str
    office_phone: str
    gateway: Path
    gateway_secret: str
    notice_hosts_allowed: tuple[str, ...]
    notice_link: str
    notice_link_reporter: str

    def __repr__(self) -> str:
        return f"Settings(env={self.env!r})"

    @cached_property
    def keys(self) -> Keys:
        """All keys: their own in production, elsewhere derived from the secret."""
        before = self.contact_keys_before
        return Keys(
            self.secret_key, self.contact_key, self.code_key, before, self.audit_key, self.seal_key
        )

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of places that name none of their own."""
        return ZoneInfo(self.time_zone)


def load(environ: Mapping[str, str], root: Path = ROOT) -> Settings:
    """Read the defaults, then the environment over them; raises a Setting… error."""
    values: dict[str, Any] = tomllib.loads((root / "config/default.toml").read_text("utf-8"))
    kinds = get_type_hints(Settings)
    for name, value in values.items():
        _fits(name, value, kinds.get(name))
    for variable, text in environ.items():
        if not variable.startswith(PREFIX) or variable.startswith(TESTS_PREFIX):
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name not in kinds:
            raise SettingUnknown(name=variable)
        values[name] = _parse(variable, text, kinds[name])
    for field in fields(Settings):
        if field.name not in values or (field.name in REQUIRED and not values[field.name]):
            raise SettingMissing(name=PREFIX + field.name.upper())
    for name in ("files", "taxonomy", "gateway", "seals_file"):
        values[name] = root / values[name]
    for name, kind in kinds.items():
        if kind == tuple[str, ...]:
            values[name] = tuple(values[name])
    if unknown := values.keys() - kinds.keys():
        raise SettingUnknown(name=min(unknown))
    return _checked(Settings(**values))


REQUIRED = {"database_url", "secret_key"}
OWN_KEYS = ("secret_key", "contact_key", "code_key", "audit_key")  # all different, in production


def _fits(name: str, value: Any, kind: Any) -> None:
    if kind is int and type(value) is not int:
        _wrong(name, str(value), N_("a whole number"))
    if kind in (str, Path) and type(value) is not str:
        _wrong(name, str(value), N_("text"))
    listed = isinstance(value, list) and all(type(part) is str for part in value)
    if kind == tuple[str, ...] and not listed:
        _wrong(name, str(value), N_("a list of texts"))


def _parse(name: str, text: str, kind: Any) -> Any:
    if kind is int:
        if not text.isdecimal():
            raise SettingWrong(name=name, value=text, takes=N_("a whole number"))
        return int(text)
    if kind == tuple[str, ...]:
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def _checked(settings: Settings) -> Settings:
    production = settings.env == "production"
    if settings.env not in ("production", "development"):
        _wrong("env", settings.env, N_("production or development"))
    if settings.rate_limits not in ("on", "off"):
        _wrong("rate_limits", settings.rate_limits, N_("on or off"))
    if production and settings.rate_limits == "off":
        _wrong("rate_limits", "off", N_("on, in production"))
    for name in OWN_KEYS:
        key = getattr(settings, name)
        if production and not key:
            raise SettingMissing(name=PREFIX + name.upper())
        weak = len(key) < SECRET_LENGTH * 2 or len(set(key)) < SECRET_LENGTH // 2
        if production and (weak or "demo" in key.casefold()):
            _wrong(name, N_("this value"), N_("32 random characters or more, in production"))
    if production and len({getattr(settings, name) for name in OWN_KEYS}) < len(OWN_KEYS):
        _wrong("contact_key", N_("this value"), N_("another value than the other keys"))
    for name in ("first_password_days", "max_claims"):
        if getattr(settings, name) < 1:
            _wrong(name, "0", N_("1 or more"))
    if _split(settings.rate_storage).scheme not in ("memory", "redis", "rediss", "redis+unix"):
        _wrong("rate_storage", N_("this value"), N_("memory:// or an address with redis://"))
    if settings.seals_url:
        _check_seals(settings)
    if settings.oidc_issuer:
        if not settings.oidc_client_id:
            raise SettingMissing(name=PREFIX + "OIDC_CLIENT_ID")
        if production and not settings.oidc_issuer.startswith("https://"):
            _wrong("oidc_issuer", settings.oidc_issuer, N_("an address with https, in production"))
    if len(settings.secret_key) < SECRET_LENGTH:
        least = Phrase(N_("%(number)s characters or more"), number=SECRET_LENGTH)
        _wrong("secret_key", N_("this value"), least)
    if not set(settings.languages) <= {"zh", "en"} or not settings.languages:
        _wrong("languages", ",".join(settings.languages), N_("zh and en, in any order"))
    if not settings.phone_country.isdecimal():
        _wrong("phone_country", settings.phone_country, N_("the digits of a country, such as 86"))
    try:
        ZoneInfo(settings.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        _wrong("time_zone", settings.time_zone, N_("a name such as Asia/Shanghai"))
    return settings


def _split(address: str) -> SplitResult:
    """Return the parts of an address; all empty where it is none."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def _check_seals(settings: Settings) -> None:
    parts = _split(settings.seals_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        _wrong("seals_url", settings.seals_url, N_("an address with http:// or https://"))
    if settings.env == "production" and parts.scheme != "https":
        _wrong("seals_url", settings.seals_url, N_("an address with https, in production"))
    if not settings.seals_secret:
        raise SettingMissing(name=PREFIX + "SEALS_SECRET")
    if len(settings.seals_secret) < SECRET_LENGTH:
        least = Phrase(N_("%(number)s characters or more"), number=SECRET_LENGTH)
        _wrong("seals_secret", N_("this value"), least)


def _wrong(name: str, value: str, takes: str) -> None:
    raise SettingWrong(name=PREFIX + name.upper(), value=value, takes=takes)
