"""What administrators read for the codes of jobs, journals, channels and rungs."""

from __future__ import annotations

from collections.abc import Mapping

from gridgov.language import say
from gridgov.words import N_

JOBS = {
    "sweep": N_("Deadlines and warnings"),
    "notices": N_("Sending notices"),
    "webhooks": N_("Telling other systems"),
    "seal": N_("Sealing the audit trail"),
    "seals_out": N_("Sending seals where they are kept"),
    "seal_late": N_("Sealing what came late"),
    "federation": N_("Handing cases to other bodies"),
    "callbacks": N_("Whom to call back"),
    "duties": N_("Duties that ran out"),
    "exports": N_("Files asked for"),
    "map": N_("Maps whose day has come"),
    "figures": N_("Counting figures"),
    "reports": N_("Announcing reports"),
    "resolutions": N_("Resolutions that are due"),
    "calendar": N_("Asking for missing holidays"),
    "tidy": N_("Forgetting old runs of jobs"),
    "retention": N_("Erasing what is over its period"),
}
JOURNALS = {
    "accounts": N_("Accounts"),
    "duties": N_("Duties"),
    "exports": N_("Exports"),
    "privacy": N_("Personal data"),
    "erasures": N_("Erased words"),
    "settings": N_("Settings"),
    "firms": N_("Firms"),
    "meetings": N_("Meetings"),
}
VERBS = {
    "added": N_("Account added"),
    "disabled": N_("Account let in no more"),
    "enabled": N_("Account let in again"),
    "unlocked": N_("Account unlocked"),
    "signed_in": N_("Signed in"),
    "signed_out": N_("Signed out"),
    "sign_in_failed": N_("Failed to sign in"),
    "sign_in_while_locked": N_("Tried to sign in while locked"),
    "sign_in_unlinked": N_("Came from the identity provider without an account here"),
    "session_ended": N_("Another device signed out"),
    "first_password_given": N_("First password given"),
    "first_password_expired": N_("Tried an expired first password"),
    "password_changed": N_("Password changed"),
    "password_change_failed": N_("Failed to change the password"),
    "second_factor_added": N_("Second factor added"),
    "second_factor_given": N_("Second factor given"),
    "second_factor_failed": N_("Wrong code of the second factor"),
    "second_factor_taken_away": N_("Second factor taken away"),
    "recovery_code_used": N_("Recovery code used"),
    "passkey_added": N_("Passkey added"),
    "passkey_removed": N_("Passkey removed"),
    "identity_linked": N_("Linked to the identity provider"),
    "identity_unlinked": N_("Unlinked from the identity provider"),
    "channel_added": N_("Channel added by its owner"),
    "channel_removed": N_("Channel removed by its owner"),
    "token_made": N_("Token made"),
    "token_revoked": N_("Token revoked"),
    "tokens_revoked": N_("All tokens revoked"),
    "firm_tied": N_("Account tied to a firm"),
    "duty begun": N_("Duty begun"),
    "duty ended": N_("Duty ended"),
    "export": N_("Exported"),
    "erased": N_("Words erased"),
    "personal_data_erased": N_("Personal data erased"),
    "retention": N_("Retention ran"),
    "text_kept": N_("Old text looked at and kept"),
    "subject_export": N_("Subject's data handed out"),
    "subject_erasure": N_("Subject's data erased on request"),
    "keys_rotated": N_("Contacts sealed with another key"),
    "notice_retried": N_("Message sent again"),
    "map_taken": N_("Map taken in"),
    "ladder_put": N_("Ladder put in force"),
    "year_put": N_("Holidays of a year put in force"),
    "firm_contacts_read": N_("Contacts of a firm read"),
    "firm_contacts_kept": N_("Contacts of a firm changed"),
    "meeting_planned": N_("Meeting planned"),
    "meeting_changed": N_("Meeting changed"),
    "meeting_held": N_("Meeting held"),
    "minutes_added": N_("Minutes added"),
    "resolved": N_("Resolution noted"),
    "resolution_ticked": N_("Resolution carried out"),
    "resolution_unticked": N_("Resolution open again"),
}
CHANNELS = {
    "sms": N_("SMS"),
    "voice": N_("Voice call"),
    "mailto": N_("E-mail"),
    "mailtos": N_("E-mail"),
    "dingtalk": N_("DingTalk"),
    "wecombot": N_("WeCom"),
    "feishu": N_("Feishu"),
    "lark": N_("Feishu"),
}
# Those of config/ladder.toml; an office that writes its own names them itself.
RUNGS = {
    "near": N_("Three quarters of the time"),
    "amber": N_("Amber light"),
    "red": N_("Red light"),
    "district": N_("To the district"),
    "recall": N_("Verifying is taken back"),
    "go_on": N_("Goes on without the reporter"),
    "resume": N_("Suspension is over"),
    "second_on_duty": N_("Second on the roster"),
    "third_on_duty": N_("Third on the roster"),
    "letter_10": N_("Letter: ten days left"),
    "letter_3": N_("Letter: three days left"),
    "letter_over": N_("Letter has run out"),
    "call_near": N_("Call to co-operate: time nearly up"),
    "call_silent": N_("Call to co-operate: no answer"),
    "call_up": N_("Call to co-operate: one level up"),
}


def called(words: Mapping[str, str], code: str) -> str:
    """Return what a code is called in the reader's language; the code where it has no name."""
    return say(words[code]) if code in words else code
