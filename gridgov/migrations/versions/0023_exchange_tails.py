"""What other platforms said last is kept part by part: each change is told as what it is."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0023'
down_revision: str | None = '0022'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table('exchanged', schema=None) as batch_op:
        batch_op.add_column(sa.Column('words', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('urged', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('added', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('withdrawn', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column('urgency', sa.String(length=10), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("restore a backup made before the upgrade")
