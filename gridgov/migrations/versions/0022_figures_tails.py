"""What the committee looks at first is found without looking at every open case."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '0022'
down_revision: str | None = '0021'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OPEN = "('checking', 'dispatched', 'filed', 'handling', 'reported', 'suspended', 'verifying', 'waiting')"
TO_DECIDE = f"status IN {OPEN} AND (pending IS NOT NULL OR urgency = 'urgent' OR round > 1)"
LATE_OF = ['filed_on', 'area_code', 'sort', 'item', 'grid_code', 'cell_code', 'unit_code', 'category_code', 'channel']


def upgrade() -> None:
    for name, table, columns, where in (
        ('ix_cases_to_decide', 'cases', ['id'], TO_DECIDE),
        ('ix_cases_resume_on', 'cases', ['resume_on'], "status = 'suspended'"),
        ('ix_events_denied', 'events', ['case_id', 'round'], "step = 'deny'"),
    ):
        op.create_index(name, table, columns, unique=False, postgresql_where=sa.text(where), sqlite_where=sa.text(where))
    # What is not filed yet has a day from which on it is late, too: all of them are judged anew.
    op.execute('DELETE FROM figure_state')
    where = sa.text('case_due IS NOT NULL')
    op.create_index('ix_figure_cases_late', 'figure_cases', ['case_due', 'case_id'], unique=False, postgresql_include=LATE_OF, postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    raise NotImplementedError("restore a backup made before the upgrade")
