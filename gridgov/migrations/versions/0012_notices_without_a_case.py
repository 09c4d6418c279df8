"""Notices that belong to no case."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '0012'
down_revision: str | None = '0011'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == 'sqlite'
    if sqlite:
        # SQLite makes the table anew; what refers to it would keep the old one from going.
        op.execute('CREATE TEMPORARY TABLE kept_deliveries AS SELECT * FROM deliveries')
        op.execute('DELETE FROM deliveries')
    with op.batch_alter_table('notices') as notices:
        notices.add_column(sa.Column('once', sa.String(length=60), nullable=True))
        notices.alter_column('case_id', existing_type=sa.INTEGER(), nullable=True)
    if sqlite:
        op.execute('INSERT INTO deliveries SELECT * FROM kept_deliveries')
        op.execute('DROP TABLE kept_deliveries')
    op.create_index('uq_notices_once_to_kind_to_code', 'notices', ['once', 'to_kind', 'to_code'], unique=True, postgresql_where=sa.text('once IS NOT NULL'), sqlite_where=sa.text('once IS NOT NULL'))


def downgrade() -> None:
    raise NotImplementedError("restore a backup made before the upgrade")
