"""What units offer, firms with their contacts, visits, and which firm a case is of."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from gridgov.database import Json


revision: str = '0019'
down_revision: str | None = '0018'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column('units', sa.Column('line', sa.String(length=10), nullable=True))
    op.add_column('units', sa.Column('offers', Json, server_default='[]', nullable=False))
    op.add_column('units', sa.Column('languages', Json, server_default='[]', nullable=False))
    op.add_column('units', sa.Column('hours', sa.String(length=100), nullable=True))
    op.add_column('firms', sa.Column('branch', sa.String(length=40), nullable=True))
    op.add_column('firms', sa.Column('kind', sa.String(length=20), nullable=True))
    op.add_column('firms', sa.Column('active', sa.Boolean(), server_default=sa.true(), nullable=False))
    # Both engines take a reference with its column; SQLite takes none afterwards.
    for table in ('accounts', 'cases'):
        op.execute(
            f'ALTER TABLE {table} ADD COLUMN firm_code VARCHAR(32)'
            f' CONSTRAINT fk_{table}_firm_code REFERENCES firms (code)'
        )
    there = sa.text('firm_code IS NOT NULL')
    op.create_index('ix_cases_firm_code', 'cases', ['firm_code'], postgresql_where=there, sqlite_where=there)
    op.create_table('firm_contacts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('firm_code', sa.String(length=32), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('key_id', sa.String(length=12), nullable=False),
    sa.Column('masked', Json, nullable=False),
    sa.Column('own', sa.Boolean(), nullable=False),
    sa.Column('said_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['firm_code'], ['firms.code'], name=op.f('fk_firm_contacts_firm_code')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_firm_contacts'))
    )
    op.create_index(op.f('ix_firm_contacts_firm_code'), 'firm_contacts', ['firm_code'], unique=False)
    op.create_table('visits',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ref', sa.String(length=16), nullable=False),
    sa.Column('firm_code', sa.String(length=32), nullable=False),
    sa.Column('visited_on', sa.Date(), nullable=False),
    sa.Column('role', sa.String(length=16), nullable=False),
    sa.Column('unit_code', sa.String(length=32), nullable=True),
    sa.Column('met', Json, nullable=False),
    sa.Column('follow_up_on', sa.Date(), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['firm_code'], ['firms.code'], name=op.f('fk_visits_firm_code')),
    sa.ForeignKeyConstraint(['unit_code'], ['units.code'], name=op.f('fk_visits_unit_code')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visits')),
    sa.UniqueConstraint('ref', name=op.f('uq_visits_ref'))
    )
    op.create_index('ix_visits_firm_code_visited_on', 'visits', ['firm_code', 'visited_on'], unique=False)
    op.create_table('visit_needs',
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('visit_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_visit_needs_case_id')),
    sa.ForeignKeyConstraint(['visit_id'], ['visits.id'], name=op.f('fk_visit_needs_visit_id')),
    sa.PrimaryKeyConstraint('case_id', name=op.f('pk_visit_needs'))
    )
    op.create_index(op.f('ix_visit_needs_visit_id'), 'visit_needs', ['visit_id'], unique=False)


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
