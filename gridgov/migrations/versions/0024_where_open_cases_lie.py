"""Where open cases lie, apart from all that have ended."""

from collections.abc import Sequence

from alembic import op

revision: str = '0024'
down_revision: str | None = '0023'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        op.execute(
            "CREATE INDEX ix_cases_point_open ON cases USING gist (point) WHERE status IN ("
            "'reported', 'verifying', 'waiting', 'filed', 'dispatched', 'handling', 'suspended', "
            "'checking')"
        )


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
