"""Joint cases, their items, and who was asked to co-operate."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '0017'
down_revision: str | None = '0016'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # SQLite adds all of these in place: a table with a geometry is not made anew.
    op.add_column('cases', sa.Column('joint', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute('ALTER TABLE cases ADD COLUMN joint_id INTEGER CONSTRAINT fk_cases_joint_id REFERENCES cases (id)')
    op.create_index('ix_cases_joint', 'cases', ['unit_code'], unique=False, postgresql_where=sa.text('joint'), sqlite_where=sa.text('joint = 1'))
    op.create_index('ix_cases_joint_id', 'cases', ['joint_id'], unique=False, postgresql_where=sa.text('joint_id IS NOT NULL'), sqlite_where=sa.text('joint_id IS NOT NULL'))
    op.create_table('co_units',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('unit_code', sa.String(length=32), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('joined_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_co_units_case_id')),
    sa.ForeignKeyConstraint(['unit_code'], ['units.code'], name=op.f('fk_co_units_unit_code')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_co_units')),
    sa.UniqueConstraint('case_id', 'unit_code', name=op.f('uq_co_units_case_id_unit_code'))
    )
    op.create_index(op.f('ix_co_units_unit_code'), 'co_units', ['unit_code'], unique=False)
    # An item counts only under its unit.
    op.add_column('figure_cases', sa.Column('item', sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    raise NotImplementedError("restore a backup made before the upgrade")
