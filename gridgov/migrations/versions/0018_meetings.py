"""Meetings: who was invited and came, minutes, resolutions and what became of them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '0018'
down_revision: str | None = '0017'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('meetings',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('place', sa.String(length=200), nullable=False),
    sa.Column('area_code', sa.String(length=12), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('held_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['area_code'], ['areas.code'], name=op.f('fk_meetings_area_code')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meetings'))
    )
    op.create_index('ix_meetings_area_code_starts_at', 'meetings', ['area_code', 'starts_at'], unique=False)
    op.create_table('meeting_guests',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('meeting_id', sa.Integer(), nullable=False),
    sa.Column('unit_code', sa.String(length=32), nullable=True),
    sa.Column('person_code', sa.String(length=32), nullable=True),
    sa.Column('firm', sa.String(length=200), nullable=True),
    sa.Column('firm_code', sa.String(length=32), nullable=True),
    sa.Column('invited', sa.Boolean(), nullable=False),
    sa.Column('came', sa.Boolean(), nullable=True),
    sa.CheckConstraint('(unit_code IS NOT NULL AND person_code IS NULL AND firm IS NULL) OR (unit_code IS NULL AND person_code IS NOT NULL AND firm IS NULL) OR (unit_code IS NULL AND person_code IS NULL AND firm IS NOT NULL)', name='one'),
    sa.ForeignKeyConstraint(['meeting_id'], ['meetings.id'], name=op.f('fk_meeting_guests_meeting_id')),
    sa.ForeignKeyConstraint(['person_code'], ['people.code'], name=op.f('fk_meeting_guests_person_code')),
    sa.ForeignKeyConstraint(['unit_code'], ['units.code'], name=op.f('fk_meeting_guests_unit_code')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meeting_guests'))
    )
    op.create_index(op.f('ix_meeting_guests_meeting_id'), 'meeting_guests', ['meeting_id'], unique=False)
    op.create_table('meeting_cases',
    sa.Column('meeting_id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_meeting_cases_case_id')),
    sa.ForeignKeyConstraint(['meeting_id'], ['meetings.id'], name=op.f('fk_meeting_cases_meeting_id')),
    sa.PrimaryKeyConstraint('meeting_id', 'case_id', name=op.f('pk_meeting_cases'))
    )
    op.create_index(op.f('ix_meeting_cases_case_id'), 'meeting_cases', ['case_id'], unique=False)
    op.create_table('minutes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('meeting_id', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('media_type', sa.String(length=60), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('person_code', sa.String(length=32), nullable=True),
    sa.ForeignKeyConstraint(['meeting_id'], ['meetings.id'], name=op.f('fk_minutes_meeting_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_minutes'))
    )
    op.create_index(op.f('ix_minutes_digest'), 'minutes', ['digest'], unique=False)
    op.create_index(op.f('ix_minutes_meeting_id'), 'minutes', ['meeting_id'], unique=False)
    op.create_table('resolutions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('meeting_id', sa.Integer(), nullable=False),
    sa.Column('area_code', sa.String(length=12), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('unit_code', sa.String(length=32), nullable=False),
    sa.Column('person_code', sa.String(length=32), nullable=True),
    sa.Column('due', sa.Date(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=True),
    sa.Column('case_version', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reminded_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_resolutions_case_id')),
    sa.ForeignKeyConstraint(['meeting_id'], ['meetings.id'], name=op.f('fk_resolutions_meeting_id')),
    sa.ForeignKeyConstraint(['person_code'], ['people.code'], name=op.f('fk_resolutions_person_code')),
    sa.ForeignKeyConstraint(['unit_code'], ['units.code'], name=op.f('fk_resolutions_unit_code')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_resolutions'))
    )
    op.create_index(op.f('ix_resolutions_case_id'), 'resolutions', ['case_id'], unique=False)
    op.create_index(op.f('ix_resolutions_meeting_id'), 'resolutions', ['meeting_id'], unique=False)
    op.create_index('ix_resolutions_not_done', 'resolutions', ['area_code', 'decided_at'], unique=False, postgresql_where=sa.text('done_at IS NULL'), sqlite_where=sa.text('done_at IS NULL'))
    op.create_index(op.f('ix_resolutions_unit_code'), 'resolutions', ['unit_code'], unique=False)
    op.create_table('resolution_events',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('resolution_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('what', sa.String(length=10), nullable=False),
    sa.Column('role', sa.String(length=16), nullable=False),
    sa.Column('person_code', sa.String(length=32), nullable=True),
    sa.Column('meeting_id', sa.Integer(), nullable=True),
    sa.Column('text', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['meeting_id'], ['meetings.id'], name=op.f('fk_resolution_events_meeting_id')),
    sa.ForeignKeyConstraint(['resolution_id'], ['resolutions.id'], name=op.f('fk_resolution_events_resolution_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_resolution_events')),
    sa.UniqueConstraint('resolution_id', 'version', name=op.f('uq_resolution_events_resolution_id_version'))
    )


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
