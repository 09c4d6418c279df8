"""Keyed hashes that a contact is found by, and an index of the readings of contacts."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '0010'
down_revision: str | None = '0009'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    for name in ('phone_hash', 'email_hash'):
        op.add_column('reporters', sa.Column(name, sa.LargeBinary(), nullable=True))
        where = sa.text(f'{name} IS NOT NULL')
        op.create_index(f'ix_reporters_{name}', 'reporters', [name], unique=False, postgresql_where=where, sqlite_where=where)
    where = sa.text("step = 'read_contact'")
    op.create_index('ix_events_readings', 'events', ['at', 'person_code'], unique=False, postgresql_where=where, sqlite_where=where)
    op.create_table('text_reviews',
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('again_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_text_reviews_case_id')),
    sa.PrimaryKeyConstraint('case_id', name=op.f('pk_text_reviews'))
    )


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
