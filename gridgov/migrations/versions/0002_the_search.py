"""The search: grams of each case's text, filled from the cases that there are."""

import re
import unicodedata
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BATCH = 1000
TEXTS = ("description", "summary", "public_text", "result", "address")
HIDDEN = ("description", "result")  # of a confidential case
COLUMNS = (sa.column("id"), sa.column("confidential", sa.Boolean()), *map(sa.column, TEXTS))
CASES = sa.table("cases", *COLUMNS)
HAN = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
PARTS = re.compile(f"([{HAN}]+)|([^\\W_{HAN}]+)")


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:
        # Debian 12's SQLite 3.40 knows no contentless_delete, so the table keeps the grams too.
        op.execute(
            "CREATE VIRTUAL TABLE case_grams USING fts5"
            "(grams, body UNINDEXED, tokenize='unicode61 remove_diacritics 0')"
        )
        # A virtual table has no foreign key; this is the other engine's ON DELETE CASCADE.
        op.execute(
            "CREATE TRIGGER case_grams_go AFTER DELETE ON cases"
            " BEGIN DELETE FROM case_grams WHERE rowid = old.id; END"
        )
    else:
        op.create_table(
            "case_grams",
            sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
            sa.Column("grams", postgresql.ARRAY(sa.Text()), nullable=False),
            sa.Column("body", sa.Text(), nullable=False),
            sa.ForeignKeyConstraint(
                ["case_id"], ["cases.id"], op.f("fk_case_grams_case_id"), ondelete="CASCADE"
            ),
            sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_grams")),
        )
    _fill(sqlite)
    if not sqlite:
        op.create_index(
            op.f("ix_case_grams_grams"), "case_grams", ["grams"], postgresql_using="gin"
        )


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")


def _fill(sqlite: bool) -> None:
    key, kind = ("rowid", sa.Text()) if sqlite else ("case_id", postgresql.ARRAY(sa.Text()))
    table = sa.table("case_grams", sa.column(key), sa.column("grams", kind), sa.column("body"))
    bind, last = op.get_bind(), 0
    while rows := bind.execute(
        sa.select(CASES).where(CASES.c.id > last).order_by(CASES.c.id).limit(BATCH)
    ).all():
        last = rows[-1].id
        bodies = [(row.id, _folded(_text(row))) for row in rows]
        found = [(id_, _grams(body), body) for id_, body in bodies]
        bind.execute(
            table.insert(),
            [
                {key: id_, "grams": " ".join(each) if sqlite else each, "body": body}
                for id_, each, body in found
            ],
        )


def _text(row: sa.Row) -> str:
    names = (name for name in TEXTS if not (row.confidential and name in HIDDEN))
    return "\n".join(filter(None, (getattr(row, name) for name in names)))


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _grams(text: str) -> list[str]:
    # As gridgov.cases.grams was when this migration was written: a migration must not change.
    kept: dict[str, None] = {}
    for han, word in PARTS.findall(text):
        if word:
            kept[word[:64]] = None
        for start in range(len(han)):
            kept[han[start]] = None
            if start + 1 < len(han):
                kept[han[start : start + 2]] = None
    return list(kept)
