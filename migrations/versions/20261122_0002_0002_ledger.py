"""The tables of ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

FROZEN = (
    "entries", "postings", "entry_seals", "log_leaves", "log_nodes", "log_parties", "checkpoints",
)
KEPT = (*FROZEN, "log_entries", "published_keys")  # no row of these is ever deleted

SQLITE = [
    """
    CREATE TRIGGER entry_seals_balanced BEFORE INSERT ON entry_seals BEGIN
      SELECT RAISE(ABORT, 'ledger: an entry needs two postings that balance')
      WHERE (SELECT count(*) FROM postings WHERE entry_id = NEW.id) < 2
         OR EXISTS (SELECT 1 FROM postings WHERE entry_id = NEW.id GROUP BY currency
                    HAVING sum(debit_fen) <> sum(credit_fen));
    END""",
    """
    CREATE TRIGGER postings_before_seal BEFORE INSERT ON postings BEGIN
      SELECT RAISE(ABORT, 'ledger: the entry is sealed')
      WHERE EXISTS (SELECT 1 FROM entry_seals WHERE id = NEW.entry_id);
    END""",
    """
    CREATE TRIGGER log_entries_no_update BEFORE UPDATE ON log_entries BEGIN
      SELECT RAISE(ABORT, 'ledger: a record may only be erased, after its retention')
      WHERE NOT (NEW.jws IS NULL AND NEW.salt IS NULL AND NOT OLD.public
        AND OLD.retain_until <= strftime('%Y-%m-%d %H:%M:%f', 'now')
        AND NEW.seq = OLD.seq AND NEW.id = OLD.id AND NEW.written_by IS OLD.written_by
        AND NEW.kind = OLD.kind AND NEW.subject_type = OLD.subject_type
        AND NEW.subject_id = OLD.subject_id AND NEW.jws_sha256 = OLD.jws_sha256
        AND NEW.leaf_hex = OLD.leaf_hex AND NEW.public = OLD.public
        AND NEW.retain_until = OLD.retain_until AND NEW.created_at = OLD.created_at);
    END""",
    """
    CREATE TRIGGER published_keys_no_update BEFORE UPDATE ON published_keys BEGIN
      SELECT RAISE(ABORT, 'ledger: a key may only be retired')
      WHERE NOT (OLD.retired_at IS NULL AND NEW.retired_at IS NOT NULL AND NEW.id = OLD.id
        AND NEW.kid = OLD.kid AND NEW.purpose = OLD.purpose AND NEW.public_jwk = OLD.public_jwk
        AND NEW.valid_from = OLD.valid_from AND NEW.created_at = OLD.created_at);
    END""",
]

POSTGRESQL = [
    """
    CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'ledger: % is append-only', TG_TABLE_NAME USING ERRCODE = 'check_violation';
    END $$""",
    """
    CREATE FUNCTION ledger_balanced(entry uuid) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      IF (SELECT count(*) FROM postings WHERE entry_id = entry) < 2
         OR EXISTS (SELECT 1 FROM postings WHERE entry_id = entry GROUP BY currency
                    HAVING sum(debit_fen) <> sum(credit_fen)) THEN
        RAISE EXCEPTION 'ledger: an entry needs two postings that balance'
          USING ERRCODE = 'check_violation';
      END IF;
    END $$""",
    """
    CREATE FUNCTION ledger_check_entry() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM ledger_balanced(NEW.id); RETURN NULL; END $$""",
    """
    CREATE FUNCTION ledger_check_posting() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM ledger_balanced(NEW.entry_id); RETURN NULL; END $$""",
    """
    CREATE FUNCTION ledger_unsealed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT 1 FROM entry_seals WHERE id = NEW.entry_id) THEN
        RAISE EXCEPTION 'ledger: the entry is sealed' USING ERRCODE = 'check_violation';
      END IF;
      RETURN NEW;
    END $$""",
    """
    CREATE FUNCTION ledger_erase_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NOT (NEW.jws IS NULL AND NEW.salt IS NULL AND NOT OLD.public
        AND OLD.retain_until <= now()
        AND (NEW.seq, NEW.id, NEW.kind, NEW.subject_type, NEW.subject_id, NEW.jws_sha256,
             NEW.leaf_hex, NEW.public, NEW.retain_until, NEW.created_at)
          = (OLD.seq, OLD.id, OLD.kind, OLD.subject_type, OLD.subject_id, OLD.jws_sha256,
             OLD.leaf_hex, OLD.public, OLD.retain_until, OLD.created_at)
        AND NEW.written_by IS NOT DISTINCT FROM OLD.written_by) THEN
        RAISE EXCEPTION 'ledger: a record may only be erased, after its retention'
          USING ERRCODE = 'check_violation';
      END IF;
      RETURN NEW;
    END $$""",
    """
    CREATE FUNCTION ledger_retire_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NOT (OLD.retired_at IS NULL AND NEW.retired_at IS NOT NULL
        AND (NEW.id, NEW.kid, NEW.purpose, NEW.public_jwk::text, NEW.valid_from, NEW.created_at)
          = (OLD.id, OLD.kid, OLD.purpose, OLD.public_jwk::text, OLD.valid_from, OLD.created_at))
      THEN
        RAISE EXCEPTION 'ledger: a key may only be retired' USING ERRCODE = 'check_violation';
      END IF;
      RETURN NEW;
    END $$""",
    """CREATE CONSTRAINT TRIGGER entries_balanced AFTER INSERT ON entries
       DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check_entry()""",
    """CREATE CONSTRAINT TRIGGER postings_balanced AFTER INSERT ON postings
       DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check_posting()""",
    """CREATE CONSTRAINT TRIGGER entry_seals_balanced AFTER INSERT ON entry_seals
       DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check_entry()""",
    """CREATE TRIGGER postings_before_seal BEFORE INSERT ON postings
       FOR EACH ROW EXECUTE FUNCTION ledger_unsealed()""",
    """CREATE TRIGGER log_entries_no_update BEFORE UPDATE ON log_entries
       FOR EACH ROW EXECUTE FUNCTION ledger_erase_only()""",
    """CREATE TRIGGER published_keys_no_update BEFORE UPDATE ON published_keys
       FOR EACH ROW EXECUTE FUNCTION ledger_retire_only()""",
    """ALTER TABLE log_entries
       ALTER COLUMN written_by SET DEFAULT (pg_current_xact_id()::text::bigint)""",
]


def _frozen_on_sqlite() -> list[str]:
    deletes = [
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN "
        f"SELECT RAISE(ABORT, 'ledger: {table} is append-only'); END"
        for table in KEPT
    ]
    updates = [
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN "
        f"SELECT RAISE(ABORT, 'ledger: {table} is append-only'); END"
        for table in FROZEN
    ]
    return deletes + updates


def _frozen_on_postgresql() -> list[str]:
    deletes = [
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION ledger_refuse()"
        for table in KEPT
    ]
    truncates = [
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()"
        for table in KEPT
    ]
    updates = [
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION ledger_refuse()"
        for table in FROZEN
    ]
    return deletes + truncates + updates


def upgrade() -> None:
    # ### commands auto generated by Alembic - please adjust! ###
    op.create_table('balances',
    sa.Column('account_code', sa.String(length=10), nullable=False),
    sa.Column('holder_id', sa.Uuid(), nullable=False),
    sa.Column('balance_fen', sa.BigInteger(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('balance_fen >= 0', name=op.f('ck_balances_floor')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_balances')),
    sa.UniqueConstraint('account_code', 'holder_id', name=op.f('uq_balances_account_code_holder_id'))
    )
    op.create_table('checkpoints',
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('root', sa.String(length=64), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_checkpoints')),
    sa.UniqueConstraint('size', name=op.f('uq_checkpoints_size'))
    )
    op.create_table('entry_seals',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_entry_seals'))
    )
    op.create_table('log_entries',
    sa.Column('seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('written_by', sa.BigInteger(), server_default=sa.FetchedValue(), nullable=True),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('subject_type', sa.String(length=40), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('jws', sa.Text(), nullable=True),
    sa.Column('jws_sha256', sa.String(length=64), nullable=False),
    sa.Column('salt', sa.LargeBinary(length=32), nullable=True),
    sa.Column('leaf_hex', sa.String(length=64), nullable=False),
    sa.Column('public', sa.Boolean(), nullable=False),
    sa.Column('retain_until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('NOT public OR (salt IS NULL AND jws IS NOT NULL)', name=op.f('ck_log_entries_public_in_clear')),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_log_entries')),
    sa.UniqueConstraint('id', name=op.f('uq_log_entries_id')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_log_entries_jws_sha256'), 'log_entries', ['jws_sha256'], unique=False)
    op.create_index(op.f('ix_log_entries_kind'), 'log_entries', ['kind'], unique=False)
    op.create_index(op.f('ix_log_entries_leaf_hex'), 'log_entries', ['leaf_hex'], unique=False)
    op.create_index('ix_log_entries_subject', 'log_entries', ['subject_id', 'kind'], unique=False)
    op.create_index('ix_log_entries_written', 'log_entries', ['written_by', 'seq'], unique=False)
    op.create_table('log_nodes',
    sa.Column('level', sa.Integer(), nullable=False),
    sa.Column('node_index', sa.BigInteger(), nullable=False),
    sa.Column('node_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_log_nodes')),
    sa.UniqueConstraint('level', 'node_index', name=op.f('uq_log_nodes_level_node_index'))
    )
    op.create_table('published_keys',
    sa.Column('kid', sa.String(length=60), nullable=False),
    sa.Column('purpose', sa.String(length=10), nullable=False),
    sa.Column('public_jwk', sa.JSON(), nullable=False),
    sa.Column('valid_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_published_keys')),
    sa.UniqueConstraint('kid', name=op.f('uq_published_keys_kid'))
    )
    op.create_table('entries',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('source_type', sa.String(length=40), nullable=False),
    sa.Column('source_id', sa.Uuid(), nullable=False),
    sa.Column('event', sa.String(length=60), nullable=False),
    sa.Column('memo', sa.String(length=200), nullable=False),
    sa.Column('reverses_id', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['entry_seals.id'], name=op.f('fk_entries_id_entry_seals'), initially='DEFERRED', deferrable=True),
    sa.ForeignKeyConstraint(['reverses_id'], ['entries.id'], name=op.f('fk_entries_reverses_id_entries')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_entries')),
    sa.UniqueConstraint('reverses_id', name=op.f('uq_entries_reverses_id')),
    sa.UniqueConstraint('source_type', 'source_id', 'event', name=op.f('uq_entries_source_type_source_id_event'))
    )
    op.create_table('log_leaves',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('leaf_index', sa.BigInteger(), nullable=False),
    sa.Column('leaf_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['log_entries.id'], name=op.f('fk_log_leaves_id_log_entries')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_log_leaves')),
    sa.UniqueConstraint('leaf_index', name=op.f('uq_log_leaves_leaf_index'))
    )
    op.create_table('log_parties',
    sa.Column('log_entry_id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['log_entry_id'], ['log_entries.id'], name=op.f('fk_log_parties_log_entry_id_log_entries')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_log_parties')),
    sa.UniqueConstraint('log_entry_id', 'organisation_id', name=op.f('uq_log_parties_log_entry_id_organisation_id'))
    )
    op.create_index(op.f('ix_log_parties_organisation_id'), 'log_parties', ['organisation_id'], unique=False)
    op.create_table('postings',
    sa.Column('entry_id', sa.Uuid(), nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.Column('account_code', sa.String(length=10), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=True),
    sa.Column('order_id', sa.Uuid(), nullable=True),
    sa.Column('debit_fen', sa.BigInteger(), nullable=False),
    sa.Column('credit_fen', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("currency = 'CNY'", name=op.f('ck_postings_currency')),
    sa.CheckConstraint('(debit_fen > 0 AND credit_fen = 0) OR (debit_fen = 0 AND credit_fen > 0)', name=op.f('ck_postings_one_side')),
    sa.ForeignKeyConstraint(['entry_id'], ['entries.id'], name=op.f('fk_postings_entry_id_entries')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_postings')),
    sa.UniqueConstraint('entry_id', 'line', name=op.f('uq_postings_entry_id_line'))
    )
    op.create_index('ix_postings_account', 'postings', ['account_code', 'organisation_id'], unique=False)
    op.create_index(op.f('ix_postings_order_id'), 'postings', ['order_id'], unique=False)
    # ### end Alembic commands ###
    # by hand: balance at commit, and nothing is ever changed or deleted
    if op.get_bind().dialect.name == "postgresql":
        statements = POSTGRESQL + _frozen_on_postgresql()
    else:
        statements = SQLITE + _frozen_on_sqlite()
    for statement in statements:
        op.execute(sa.DDL(statement.replace("%", "%%")))


def downgrade() -> None:
    # by hand
    if op.get_bind().dialect.name == "postgresql":
        for name in ("refuse", "check_entry", "check_posting", "unsealed", "erase_only", "retire_only"):
            op.execute(f"DROP FUNCTION ledger_{name}() CASCADE")
        op.execute("DROP FUNCTION ledger_balanced(uuid) CASCADE")
    # ### commands auto generated by Alembic - please adjust! ###
    op.drop_index('ix_postings_account', table_name='postings')
    op.drop_index(op.f('ix_postings_order_id'), table_name='postings')
    op.drop_table('postings')
    op.drop_index(op.f('ix_log_parties_organisation_id'), table_name='log_parties')
    op.drop_table('log_parties')
    op.drop_table('log_leaves')
    op.drop_table('entries')
    op.drop_table('published_keys')
    op.drop_table('log_nodes')
    op.drop_index(op.f('ix_log_entries_jws_sha256'), table_name='log_entries')
    op.drop_index(op.f('ix_log_entries_kind'), table_name='log_entries')
    op.drop_index(op.f('ix_log_entries_leaf_hex'), table_name='log_entries')
    op.drop_index('ix_log_entries_subject', table_name='log_entries')
    op.drop_index('ix_log_entries_written', table_name='log_entries')
    op.drop_table('log_entries')
    op.drop_table('entry_seals')
    op.drop_table('checkpoints')
    op.drop_table('balances')
    # ### end Alembic commands ###
