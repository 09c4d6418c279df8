"""A channel may be an account's that is nobody's of the staff."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0026"
down_revision: str | None = "0025"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("channels") as channels:
        channels.alter_column("person_code", existing_type=sa.String(length=32), nullable=True)
        channels.add_column(sa.Column("account_id", sa.Integer(), nullable=True))
        channels.create_foreign_key(
            op.f("fk_channels_account_id"), "accounts", ["account_id"], ["id"]
        )
        channels.create_unique_constraint(
            op.f("uq_channels_account_id_digest"), ["account_id", "digest"]
        )
        channels.create_check_constraint("one", "(person_code IS NULL) <> (account_id IS NULL)")


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
