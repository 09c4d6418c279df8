"""Why no backup is made, or none is restored. Each says what to do instead."""

from gridgov.errors import BadInput, Conflict


class BackupExists(Conflict):
    """There is a file %(file)s already; choose another name."""


class BackupUnwritable(BadInput):
    """%(file)s cannot be written: %(reason)s."""


class SchemaNotCurrent(Conflict):
    """This database's tables are of another version; back it up with the version that made it."""


class FilesLacking(Conflict):
    """%(count)s attachments are missing or damaged, the first is %(digest)s.

    Put them back into the folder of files, or leave them out with --without-missing.
    """


class BackupUnreadable(BadInput):
    """%(file)s is not a backup of GridGov, or it is damaged: %(part)s. Nothing was restored."""


class BackupTooNew(BadInput):
    """This backup was made by a newer version of GridGov; restore it with that version."""


class BackupOtherKeys(Conflict):
    """This backup was made with other secret keys, or was changed since.

    Set the keys that it was made with; --other-keys takes it as it is, but then contacts stay
    unreadable and codes change.
    """


class NotEmpty(Conflict):
    """The table %(table)s has rows already; give an empty database to restore into."""


class NewerThanBackup(Conflict):
    """This backup is of an older schema than this database; give one without any table."""


class RowsRefused(BadInput):
    """The database does not take the rows of the table %(table)s; nothing was restored."""
