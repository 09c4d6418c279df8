"""The one access table: every route of every face, who may call it, and how far.

To add a line: name the route as `METHOD endpoint` (`flask routes` lists them) in the group of those
who may call it; a new group is a line `*_(who, over, …)`. `who` is PUBLIC, BY_CODE (a case's code,
or any account), ACCOUNT (any account), SESSION (one's own account, by the cookie of a session and
never by a token; the views ask what it still awaits), or the roles of which one must be held at the
instant of acting. `over` is CASES (as far as each role sees cases: `people.scopes`), or one Scope
for all. With `secret=True` whoever may not is told that there is nothing (404), else that it is not
allowed (403). A route without a line, or a line without a route, stops the start.

Requests are held to it in `gate`; the verbs hold whoever asks to their scope, by
`cases.see.visible`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gridgov.errors import GridgovError, NotAllowed, NotFound
from gridgov.people.actors import ANYONE, Actor
from gridgov.people.roles import Role
from gridgov.people.scopes import OVER_CASES, Scope


class Door(StrEnum):
    """What one must bring, where no role is asked for."""

    PUBLIC = "public"
    BY_CODE = "by_code"
    ACCOUNT = "account"
    SESSION = "session"


PUBLIC, BY_CODE, ACCOUNT, SESSION = Door


@dataclass(frozen=True)
class Line:
    """One route of the table."""

    method: str
    endpoint: str
    door: Door
    roles: frozenset[Role]  # one of them must be held; empty: whoever comes through the door
    over: Mapping[Role, Scope] | Scope
    secret: bool

    @property
    def refusal(self) -> type[GridgovError]:
        """How whoever may not is refused."""
        return NotFound if self.secret else NotAllowed

    def scope(self, role: Role) -> Scope | None:
        """Return how far a role reaches here; None: it does not get in by this role."""
        if self.roles and role not in self.roles:
            return None
        return self.over if isinstance(self.over, Scope) else self.over.get(role)

    def lets_in(self, actor: Actor) -> bool:
        """Tell whether somebody may call it at all."""
        if actor is ANYONE or actor.role is Role.ANYONE:
            return self.door is PUBLIC
        if actor.number is not None:
            return self.door is not ACCOUNT
        if self.door is SESSION:
            return False
        return not self.roles or actor.holds(*self.roles)


def _(
    who: Door | set[Role],
    over: Mapping[Role, Scope] | Scope,
    *routes: str,
    secret: bool = False,
) -> Iterator[Line]:
    door, roles = (who, frozenset()) if isinstance(who, Door) else (ACCOUNT, frozenset(who))
    for route in routes:
        method, endpoint = route.split()
        yield Line(method, endpoint, door, frozenset(roles), over, secret)


CASES, ALL, OWN = OVER_CASES, Scope.ALL, Scope.REPORT

# fmt: off
TABLE: tuple[Line, ...] = (
    # Whether it runs, and what it takes.
    *_(PUBLIC, ALL, "GET health.healthz", "GET health.readyz", "GET api-docs.openapi_json"),
    # What everybody may do: report, find the place, read the map and the kinds of request.
    *_(PUBLIC, OWN, "POST cases.report_case"),
    *_(PUBLIC, ALL, "GET map.cells", "GET map.grids", "GET map.locate", "GET map.nearby",
       "GET map.categories"),
    # Tiles hold what whoever asks may see; who has no account, the public view.
    *_(PUBLIC, CASES, "GET tiles.read_tile", "GET tiles.read_tilejson"),
    # OGC API – Features likewise; the directory of firms is for people with a duty.
    *_(PUBLIC, CASES, "GET ogc.landing", "GET ogc.conformance", "GET ogc.api",
       "GET ogc.list_collections", "GET ogc.read_collection", "GET ogc.read_queryables",
       "GET ogc.list_items", "GET ogc.read_item"),
    *_(PUBLIC, ALL, "GET base_map.read_base"),
    # Open311 shows the public view, and what the account of the key reported itself.
    *_(PUBLIC, OWN, "GET open311_services.discover", "GET open311_services.list_services",
       "GET open311_services.define_service", "GET open311_requests.list_requests",
       "GET open311_requests.read_request", "GET open311_requests.read_token",
       "GET open311_updates.list_updates"),
    *_(ACCOUNT, OWN, "POST open311_requests.report_request", "POST open311_updates.send_update"),
    # Files hold what whoever asks may see; one made later belongs to the account that asked.
    *_(ACCOUNT, CASES, "GET exports.read_export", "POST exports.ask_export"),
    *_(ACCOUNT, OWN, "GET exports.read_job", "GET exports.read_file", secret=True),
    # One case: its reporter by number and code, and whoever sees it. To others it does not exist.
    *_(BY_CODE, CASES, "GET cases.read_case", "GET cases.read_timeline", "POST steps.take_steps",
       "POST attachments.add", "GET attachments.list_files", "GET attachments.read_file",
       secret=True),
    # Joint cases, and the items of each; whoever leads or keeps it puts more on its list.
    *_(ACCOUNT, CASES, "GET joint.list_joint"),
    *_(ACCOUNT, CASES, "GET joint.list_items", secret=True),
    *_({Role.HEAD, Role.DISPATCHER, Role.COMMITTEE}, CASES, "POST joint.add",
       "POST web.add_to_list", secret=True),
    *_(ACCOUNT, CASES, "GET web.joint"),
    *_(ACCOUNT, CASES, "POST web.step_on_item", secret=True),
    # Contacts: read by those who must reach the reporter, erased by the reporter, audited.
    *_(PUBLIC, ALL, "GET contacts.read_notice"),
    *_({Role.LEADER, Role.DISPATCHER, Role.HANDLER, Role.HEAD, Role.CALLER, Role.ORGANISER}, CASES,
       "POST contacts.read_contact", "POST contacts.find_earlier"),
    *_(BY_CODE, CASES, "DELETE contacts.erase_contact", secret=True),
    *_({Role.AUDIT_ADMIN}, ALL, "GET contacts.list_readings"),
    # The audit administrator: journals, seals, the last verification; no case's words.
    *_({Role.AUDIT_ADMIN}, ALL, "GET audit.list_entries", "GET audit.read_audit"),
    # Wishes by their approved text; whoever has an account claims one.
    *_(PUBLIC, ALL, "GET wishes.list_wishes", "GET web.wishes"),
    *_(ACCOUNT, OWN, "POST web.claim_wish", secret=True),
    # Lists of cases hold what whoever asks may see, which may be nothing.
    *_(ACCOUNT, CASES, "GET cases.list_cases"),
    # Pages for everybody.
    *_(PUBLIC, ALL, "GET web.home", "POST web.preferences", "GET web.static",
       "GET web.spoken_words", "GET web.styleguide", "GET web.sign_in", "POST web.try_sign_in",
       "POST web.try_code", "POST web.change_password", "POST web.add_factor", "POST web.sign_out",
       "GET web.report", "POST web.send_report", "GET web.describe_place", "GET web.follow",
       "POST web.open_case"),
    # One's own account: the views ask for a session.
    *_(ACCOUNT, OWN, "GET web.account"),
    *_(PUBLIC, OWN, "POST web.change_account"),
    # Without a network: the worker, the installed page, what waits to be sent.
    *_(PUBLIC, ALL, "GET web.worker", "GET web.web_manifest", "GET web.icon", "GET web.no_network",
       "GET web.outbox", "GET web.who_is_here"),
    # A report by its code, which the page asks for or finds in its own cookie.
    *_(PUBLIC, CASES, "GET web.follow_case", "GET web.sent_case", "POST web.act_on_case",
       "GET web.case_file", secret=True),
    # Signing in and out; one's own second factor, password, sessions and tokens.
    *_(PUBLIC, OWN, "POST session.sign_in", "DELETE session.sign_out",
       "GET provider.begin", "GET provider.back", "POST passkeys.begin_sign_in",
       "POST passkeys.sign_in"),
    *_(SESSION, OWN, "GET session.read_session", "POST session.prove",
       "POST session.change_password", "POST session.begin_factor", "POST session.confirm_factor",
       "GET mine.list_sessions", "DELETE mine.end", "GET mine.list_tokens", "POST mine.add",
       "DELETE mine.revoke", "GET mine.list_channels", "POST mine.add_channel",
       "DELETE mine.remove_channel", "GET passkeys.list_passkeys", "POST passkeys.begin",
       "POST passkeys.add", "DELETE passkeys.remove"),
    # Oneself; and who took over what, as far as one sees it.
    *_(ACCOUNT, OWN, "GET me.read_me"),
    *_(ACCOUNT, CASES, "GET duties.read_hand_over", secret=True),
    # The security administrator: accounts and duties of others; no case, no setting, no audit.
    *_({Role.SECURITY_ADMIN}, ALL, "GET duties.list_duties", "POST duties.begin_duty",
       "POST duties.begin_deputy", "POST duties.finish_duty", "GET accounts.list_accounts",
       "POST accounts.add_account", "POST accounts.give_password", "POST accounts.unlock",
       "POST accounts.disable", "POST accounts.enable", "GET accounts.list_tokens",
       "DELETE accounts.revoke", "GET accounts.list_people", "GET accounts.list_roster"),
    *_({Role.SECURITY_ADMIN, Role.SYSTEM_ADMIN}, ALL, "GET accounts.list_units"),
    # The system administrator: what works like a setting; no account, no case, no audit.
    *_({Role.SYSTEM_ADMIN}, ALL, "GET administration.list_dead", "POST administration.retry",
       "GET administration.channels", "GET administration.list_webhooks",
       "GET administration.list_versions", "GET administration.read_ladder",
       "POST taking_in.plan_ladder", "POST taking_in.put_in_force", "POST taking_in.take_year",
       "POST taking_in.check_file", "POST taking_in.take_file"),
    *_({Role.SYSTEM_ADMIN, Role.GIS, Role.DISPATCHER, Role.COMMITTEE}, ALL,
       "GET administration.read_year"),
    # Pages of whoever works: what waits for them, and one case; to others it does not exist.
    *_(ACCOUNT, CASES, "GET web.work", "GET web.live_queue"),
    *_(ACCOUNT, CASES, "GET web.case", "POST web.take_step", "POST web.show_contact",
       "GET web.staff_file", "GET web.sheet", "GET web.live_case", secret=True),
    # The desk: the dispatcher's queue; telephone and counter.
    *_({Role.DISPATCHER}, CASES, "GET web.queue", "POST web.queue_step", "POST web.queue_bulk",
       "POST web.queue_filters"),
    *_({Role.DISPATCHER, Role.CALLER}, CASES, "GET web.intake", "POST web.take_intake",
       "GET web.suggest_places", "GET web.near_intake"),
    # Pages of the three administrators: each has a part of their own.
    *_({Role.SECURITY_ADMIN, Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN}, ALL, "GET web.admin"),
    *_({Role.SECURITY_ADMIN}, ALL, "GET web.admin_accounts", "POST web.admin_add_account",
       "GET web.admin_account", "POST web.admin_change_account", "GET web.admin_duties",
       "POST web.admin_begin_duty", "GET web.admin_duty", "POST web.admin_begin_deputy",
       "POST web.admin_end_duty", "GET web.admin_people", "GET web.admin_roster"),
    *_({Role.SYSTEM_ADMIN}, ALL, "GET web.admin_maps", "POST web.admin_check_map",
       "POST web.admin_take_map", "GET web.admin_categories", "GET web.admin_ladder",
       "POST web.admin_plan_ladder", "POST web.admin_put_ladder", "GET web.admin_calendar",
       "POST web.admin_put_year", "GET web.admin_channels", "GET web.admin_dead",
       "POST web.admin_retry", "GET web.admin_state"),
    *_({Role.AUDIT_ADMIN}, ALL, "GET web.admin_journals", "GET web.admin_readings",
       "GET web.admin_audit"),
    # Who is on duty now, for whoever sends work out.
    *_({Role.DISPATCHER, Role.COMMITTEE, Role.CALLER}, CASES, "GET web.duty"),
    # The callers' screen.
    *_({Role.CALLER}, CASES, "GET web.calls"),
    *_({Role.CALLER}, CASES, "POST web.begin_call", "POST web.note_answer", "POST web.note_missed",
       secret=True),
    # Figures: units and grids beside their own past, as far as a duty reaches; persons never.
    *_({Role.COMMITTEE, Role.DISPATCHER, Role.ORGANISER, Role.GIS, Role.LEADER, Role.HEAD}, CASES,
       "GET figures.read_figures", "GET figures.list_behind", "GET figures.read_map",
       "GET figures.read_trend", "GET figures.read_hot_spots"),
    *_({Role.COMMITTEE, Role.DISPATCHER, Role.ORGANISER, Role.GIS, Role.LEADER, Role.HEAD}, CASES,
       "GET web.figures", "GET web.figures_table", "GET web.figures_report"),
    *_({Role.COMMITTEE, Role.DISPATCHER}, CASES, "GET web.committee", "GET web.committee_part",
       "GET figures.read_decide"),
    *_(ACCOUNT, CASES, "GET web.cases"),
    *_({Role.COMMITTEE, Role.DISPATCHER, Role.GIS}, CASES, "POST figures.rehearse_lines",
       "GET web.map", "GET web.rehearse", "POST web.rehearse_lines"),
    # Meetings: kept by dispatcher and committee, read by who was invited or came; resolutions
    # besides by their owners. To others they do not exist.
    *_({Role.DISPATCHER, Role.COMMITTEE, Role.HEAD, Role.LEADER, Role.ORGANISER, Role.MEMBER,
        Role.HANDLER, Role.CALLER, Role.GIS}, CASES,
       "GET meetings.list_meetings", "GET meetings.read_meeting", "GET meetings.read_agenda",
       "GET meetings.list_section", "GET meetings.read_minutes", "GET web.meetings_page",
       "GET web.meeting", "GET web.minutes_file", "GET web.meeting_section", secret=True),
    *_({Role.DISPATCHER, Role.COMMITTEE}, CASES, "POST meetings.plan_meeting",
       "POST meetings.change_meeting", "POST meetings.hold_meeting", "POST meetings.cancel_meeting",
       "POST meetings.add_minutes",
       "POST resolutions.add_resolution", "POST resolutions.tick_resolution",
       "GET web.plan_meeting", "POST web.add_meeting", "GET web.meeting_plan",
       "POST web.change_meeting", "POST web.hold_meeting", "POST web.cancel_meeting",
       "POST web.add_minutes",
       "POST web.add_resolution", secret=True),
    *_({Role.DISPATCHER, Role.COMMITTEE, Role.HEAD, Role.LEADER, Role.ORGANISER, Role.MEMBER,
        Role.HANDLER, Role.CALLER, Role.GIS},
       CASES, "GET resolutions.list_resolutions", "GET resolutions.read_resolution",
       "POST resolutions.report_on", "GET web.resolutions_page", "POST web.note_resolution",
       secret=True),
    # Firms and visits to them: for who visits, and the committee, where their duties lie. A firm's
    # own account sees its own. Nothing is counted by who visited.
    *_({Role.LEADER, Role.MEMBER, Role.ORGANISER, Role.DISPATCHER, Role.HEAD, Role.COMMITTEE},
       CASES, "GET firms.list_firms", "POST firms.find_near", "GET visits.list_visits",
       "GET visits.plan_visits"),
    *_(ACCOUNT, CASES, "GET firms.read_firm", secret=True),
    *_(ACCOUNT, OWN, "PUT firms.keep_contacts", secret=True),
    *_({Role.LEADER, Role.MEMBER, Role.ORGANISER, Role.DISPATCHER, Role.HEAD}, CASES,
       "POST visits.record_visit"),
    *_({Role.LEADER, Role.MEMBER, Role.ORGANISER, Role.DISPATCHER, Role.HEAD}, CASES,
       "POST firms.read_contacts", secret=True),
    *_({Role.COMMITTEE, Role.DISPATCHER, Role.ORGANISER}, CASES, "GET visits.count_needs"),
    *_({Role.LEADER, Role.DISPATCHER, Role.ORGANISER, Role.HEAD, Role.COMMITTEE}, CASES,
       "GET firms.list_helpers", secret=True),
    *_({Role.SECURITY_ADMIN}, ALL, "PUT firms.tie_account"),
    *_({Role.LEADER, Role.MEMBER, Role.ORGANISER, Role.DISPATCHER, Role.HEAD, Role.COMMITTEE},
       CASES, "GET web.visits", "POST web.near_visits", "GET web.firms"),
    *_({Role.LEADER, Role.MEMBER, Role.ORGANISER, Role.DISPATCHER, Role.HEAD}, CASES,
       "GET web.new_visit", "POST web.record_visit"),
    *_({Role.LEADER, Role.MEMBER, Role.ORGANISER, Role.DISPATCHER, Role.HEAD}, CASES,
       "POST web.show_firm_contacts", secret=True),
    *_(ACCOUNT, CASES, "GET web.firm", "POST web.keep_firm", secret=True),
    # Whom to call after closing.
    *_({Role.CALLER}, CASES, "GET callbacks.list_callbacks"),
    *_({Role.CALLER}, CASES, "POST callbacks.make_call", "POST callbacks.note_try", secret=True),
)
# fmt: on

LINES: dict[tuple[str, str], Line] = {(line.method, line.endpoint): line for line in TABLE}


def security(method: str, endpoint: str) -> list[dict[str, Any]]:
    """Return what the OpenAPI says of a route's line."""
    door = LINES[method.upper(), endpoint].door
    if door is PUBLIC:
        return [{}, {"token": []}]
    if door is SESSION:
        return [{"session": []}]
    return [{"token": []}, {"code": []}] if door is BY_CODE else [{"token": []}]


def secret(method: str, endpoint: str) -> bool:
    """Tell whether whoever may not is told that there is nothing."""
    return LINES[method.upper(), endpoint].secret
