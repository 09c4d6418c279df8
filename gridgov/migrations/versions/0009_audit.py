"""The chain of events, the journal, and the seals; what is only ever added is kept by triggers.

What people wrote moves to a table of its own, with a salt. Codes need a key, so events from
before have none until `gridgov init` (or a restore) takes them into the chain.

A later migration that alters events, audit_entries, seals or seal_members on SQLite in batch mode
makes the table anew and so loses its triggers: it has to create them again (`KEPT` below).
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


revision: str = '0009'
down_revision: str | None = '0008'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')
KEPT = ('events', 'audit_entries', 'seals', 'seal_members')


def upgrade() -> None:
    postgres = op.get_bind().dialect.name == 'postgresql'
    _texts(postgres)
    _chain()
    _journals()
    _seals()
    (_keep_on_postgres if postgres else _keep_on_sqlite)()


def _texts(postgres: bool) -> None:
    op.create_table('event_texts',
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('text', JSON, nullable=False),
    sa.Column('address', sa.String(length=300), nullable=True),
    sa.Column('salt', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['events.id'], name=op.f('fk_event_texts_event_id')),
    sa.PrimaryKeyConstraint('event_id', name=op.f('pk_event_texts'))
    )
    salt = 'uuid_send(gen_random_uuid())' if postgres else 'randomblob(16)'
    empty = "text = CAST('{}' AS jsonb)" if postgres else "text = '{}'"
    op.execute(sa.text(
        'INSERT INTO event_texts (event_id, text, address, salt)'
        f' SELECT id, text, NULL, {salt} FROM events'
        f" WHERE step = 'report' OR NOT ({empty})"
    ))
    op.drop_column('events', 'text')


def _chain() -> None:
    op.add_column('events', sa.Column('text_digest', sa.LargeBinary(), nullable=True))
    op.add_column('events', sa.Column('key_id', sa.String(length=12), nullable=True))
    op.add_column('events', sa.Column('mac', sa.LargeBinary(), nullable=True))
    op.add_column('cases', sa.Column('chain', sa.LargeBinary(), nullable=True))


def _journals() -> None:
    op.create_table('audit_heads',
    sa.Column('journal', sa.String(length=20), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('mac', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('journal', name=op.f('pk_audit_heads'))
    )
    op.create_table('audit_entries',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('journal', sa.String(length=20), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('person_code', sa.String(length=32), nullable=True),
    sa.Column('what', sa.String(length=40), nullable=False),
    sa.Column('data', JSON, nullable=False),
    sa.Column('key_id', sa.String(length=12), nullable=False),
    sa.Column('mac', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_entries')),
    sa.UniqueConstraint('journal', 'number', name=op.f('uq_audit_entries_journal_number'))
    )


def _seals() -> None:
    op.create_table('seals',
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('root', sa.LargeBinary(), nullable=False),
    sa.Column('previous', sa.LargeBinary(), nullable=False),
    sa.Column('events_to', sa.Integer(), nullable=False),
    sa.Column('entries_to', sa.Integer(), nullable=False),
    sa.Column('key_id', sa.String(length=12), nullable=False),
    sa.Column('signature', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_seals'))
    )
    op.create_table('seal_members',
    sa.Column('kind', sa.String(length=5), nullable=False),
    sa.Column('key', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('seal_number', sa.Integer(), nullable=False),
    sa.Column('mac', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['seal_number'], ['seals.number'], name=op.f('fk_seal_members_seal_number')),
    sa.PrimaryKeyConstraint('kind', 'key', name=op.f('pk_seal_members'))
    )
    op.create_index('ix_seal_members_seal_number', 'seal_members', ['seal_number'], unique=False)
    op.create_table('audit_marks',
    sa.Column('name', sa.String(length=12), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('data', JSON, nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_audit_marks'))
    )


def _keep_on_postgres() -> None:
    op.execute(
        'CREATE FUNCTION gridgov_kept() RETURNS trigger LANGUAGE plpgsql AS $$'
        " BEGIN RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME"
        " USING ERRCODE = 'restrict_violation'; END $$"
    )
    for table in KEPT:
        # An event from before the chain gets its code once.
        when = ' WHEN (OLD.mac IS NOT NULL)' if table == 'events' else ''
        for name, on in (
            ('update', f'BEFORE UPDATE ON {table} FOR EACH ROW{when}'),
            ('delete', f'BEFORE DELETE ON {table} FOR EACH ROW'),
            ('truncate', f'BEFORE TRUNCATE ON {table} FOR EACH STATEMENT'),
        ):
            op.execute(
                f'CREATE TRIGGER kept_{table}_{name} {on} EXECUTE FUNCTION gridgov_kept()'
            )


def _keep_on_sqlite() -> None:
    for table in KEPT:
        when = ' WHEN OLD.mac IS NOT NULL' if table == 'events' else ''
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is only ever added to'); END"
        op.execute(f'CREATE TRIGGER kept_{table}_update BEFORE UPDATE ON {table}{when} {refuse}')
        op.execute(f'CREATE TRIGGER kept_{table}_delete BEFORE DELETE ON {table} {refuse}')


def downgrade() -> None:
    raise NotImplementedError("restore a backup made before the upgrade")
