"""First passwords end."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op


revision: str = '0021'
down_revision: str | None = '0020'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column('accounts', sa.Column('first_until', sa.DateTime(timezone=True), nullable=True))
    # Those given before there was an end have a week from now on.
    given = sa.table(
        'accounts',
        sa.column('password_first', sa.Boolean()),
        sa.column('first_until', sa.DateTime(timezone=True)),
    )
    until = datetime.now(UTC) + timedelta(days=7)
    op.execute(sa.update(given).where(given.c.password_first).values(first_until=until))


def downgrade() -> None:
    raise NotImplementedError("restore a backup made before the upgrade")
