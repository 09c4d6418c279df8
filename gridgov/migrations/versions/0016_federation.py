"""Other bodies as units, cases handed to them, and cases of other platforms as last seen."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from gridgov.database import Json


revision: str = '0016'
down_revision: str | None = '0015'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('unit_endpoints',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('unit_code', sa.String(length=32), nullable=False),
    sa.Column('url', sa.String(length=300), nullable=False),
    sa.Column('jurisdiction', sa.String(length=64), nullable=True),
    sa.Column('sealed', sa.LargeBinary(), nullable=True),
    sa.Column('services', Json, nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['unit_code'], ['units.code'], name=op.f('fk_unit_endpoints_unit_code')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unit_endpoints')),
    sa.UniqueConstraint('unit_code', name=op.f('uq_unit_endpoints_unit_code'))
    )
    op.create_table('hand_offs',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('unit_code', sa.String(length=32), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('remote', sa.String(length=100), nullable=True),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lease', sa.String(length=32), nullable=True),
    sa.Column('error', sa.String(length=300), nullable=True),
    sa.Column('seen', Json, nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_hand_offs_case_id')),
    sa.ForeignKeyConstraint(['unit_code'], ['units.code'], name=op.f('fk_hand_offs_unit_code')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hand_offs')),
    sa.UniqueConstraint('case_id', 'version', name=op.f('uq_hand_offs_case_id_version'))
    )
    op.create_index('ix_hand_offs_state_next_at', 'hand_offs', ['state', 'next_at'], unique=False)
    op.create_table('exchanged',
    sa.Column('channel', sa.String(length=20), nullable=False),
    sa.Column('ref', sa.String(length=100), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('due', sa.DateTime(timezone=True), nullable=True),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_exchanged_case_id')),
    sa.PrimaryKeyConstraint('channel', 'ref', name=op.f('pk_exchanged'))
    )
    op.create_index(op.f('ix_exchanged_case_id'), 'exchanged', ['case_id'], unique=False)


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
