"""What people sign in with."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from gridgov.database import Json


revision: str = '0008'
down_revision: str | None = '0007'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # SQLite adds all of these in place, so the accounts that others refer to are not made anew.
    op.add_column('accounts', sa.Column('password_hash', sa.String(length=200), nullable=True))
    op.add_column('accounts', sa.Column('password_first', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('accounts', sa.Column('failures', sa.Integer(), server_default='0', nullable=False))
    op.add_column('accounts', sa.Column('locked_until', sa.DateTime(timezone=True), nullable=True))
    op.add_column('accounts', sa.Column('totp_sealed', sa.LargeBinary(), nullable=True))
    op.add_column('accounts', sa.Column('totp_waiting', sa.LargeBinary(), nullable=True))
    op.add_column('accounts', sa.Column('totp_step', sa.BigInteger(), nullable=True))

    # What stands may do what it could; what an administrator does asks for a token made for it.
    with op.batch_alter_table('tokens') as tokens:
        tokens.add_column(sa.Column('scopes', Json, nullable=True))
    rows = sa.table('tokens', sa.column('scopes', Json))
    op.execute(sa.update(rows).values(scopes=['read', 'report', 'act']))
    with op.batch_alter_table('tokens') as tokens:
        tokens.alter_column('scopes', existing_type=Json, nullable=False)

    op.create_table('sessions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('device', sa.String(length=60), nullable=False),
    sa.Column('way', sa.String(length=10), nullable=False),
    sa.Column('remembered', sa.Boolean(), nullable=False),
    sa.Column('proven', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_sessions_account_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sessions')),
    sa.UniqueConstraint('hash', name=op.f('uq_sessions_hash'))
    )
    op.create_index(op.f('ix_sessions_account_id'), 'sessions', ['account_id'], unique=False)
    op.create_table('recovery_codes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_recovery_codes_account_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recovery_codes')),
    sa.UniqueConstraint('account_id', 'hash', name=op.f('uq_recovery_codes_account_id_hash'))
    )
    op.create_table('passkeys',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('credential', sa.String(length=1400), nullable=False),
    sa.Column('public_key', sa.LargeBinary(), nullable=False),
    sa.Column('uses', sa.BigInteger(), nullable=False),
    sa.Column('label', sa.String(length=60), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_passkeys_account_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_passkeys')),
    sa.UniqueConstraint('credential', name=op.f('uq_passkeys_credential'))
    )
    op.create_index(op.f('ix_passkeys_account_id'), 'passkeys', ['account_id'], unique=False)
    op.create_table('challenges',
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_challenges_account_id')),
    sa.PrimaryKeyConstraint('hash', name=op.f('pk_challenges'))
    )
    op.create_table('identities',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('issuer', sa.String(length=300), nullable=False),
    sa.Column('subject', sa.String(length=255), nullable=False),
    sa.Column('linked_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_identities_account_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_identities')),
    sa.UniqueConstraint('issuer', 'subject', name=op.f('uq_identities_issuer_subject'))
    )
    op.create_index(op.f('ix_identities_account_id'), 'identities', ['account_id'], unique=False)


def downgrade() -> None:
    raise NotImplementedError("restore a backup made before the upgrade")
