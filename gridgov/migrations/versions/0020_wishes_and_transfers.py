"""Who has claimed a wish; the list of wishes, and whose they are, found without a look at all."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '0020'
down_revision: str | None = '0019'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # Both engines take a reference with its column; SQLite takes none afterwards.
    op.execute(
        'ALTER TABLE cases ADD COLUMN claimant_id INTEGER'
        ' CONSTRAINT fk_cases_claimant_id REFERENCES accounts (id)'
    )
    for name, columns, where in (
        ('ix_cases_claimant_id', ['claimant_id'], sa.text('claimant_id IS NOT NULL')),
        ('ix_cases_wishes', ['reported_at', 'id'], sa.text("kind = 'wish' AND public_text IS NOT NULL")),
    ):
        op.create_index(name, 'cases', columns, unique=False, postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
