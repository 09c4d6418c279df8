"""Who granted and ended duties."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


revision: str = '0011'
down_revision: str | None = '0010'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column('duties', sa.Column('granted_by', sa.String(length=32), nullable=True))
    op.add_column('duties', sa.Column('granted_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('duties', sa.Column('ended_by', sa.String(length=32), nullable=True))
    op.add_column('duties', sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('duties', sa.Column('handed_at', sa.DateTime(timezone=True), nullable=True))
    # What ended before there was handing over is not handed over now.
    op.execute("UPDATE duties SET handed_at = ends WHERE ends < CURRENT_TIMESTAMP")
    op.create_table('hand_overs',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('duty_id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('to', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_hand_overs_case_id')),
    sa.ForeignKeyConstraint(['duty_id'], ['duties.id'], name=op.f('fk_hand_overs_duty_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hand_overs')),
    sa.UniqueConstraint('duty_id', 'case_id', name=op.f('uq_hand_overs_duty_id_case_id')),
    )
    with op.batch_alter_table('hand_overs', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_hand_overs_case_id'), ['case_id'], unique=False)


def downgrade() -> None:
    raise NotImplementedError("restore a backup made before the upgrade")
