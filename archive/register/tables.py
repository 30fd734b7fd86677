"""The tables of the register. The database keeps the promises: UNIQUE, CHECK, and triggers that refuse deletion."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from archive.register.dialect import fixed, kept, only_where, refused

metadata = MetaData()
APPOINTMENT = "appointment"
"""The procedure of every dossier so far."""

migration = Table(
    "migration",
    metadata,
    Column("version", Integer, primary_key=True),
    Column("applied_at", String, nullable=False),
)

batch = Table(
    "batch",
    metadata,
    Column("id", String, primary_key=True),
    Column("title", String, nullable=False),
    Column("opened_on", String, nullable=False),
    Column("procedure", String, nullable=False, server_default=APPOINTMENT),
)

person = Table(
    "person",
    metadata,
    Column("no", String, primary_key=True),
    Column("batch", ForeignKey("batch.id"), nullable=False, index=True),
    Column("key", String, nullable=False),
    Column("name", String, nullable=False),
    Column("change_kind", String, nullable=False),
    Column("target_post", String, nullable=False),
)

# One admitted record. "admitting": decided and durable in work/, its folder not yet moved to its place in cases/.
record = Table(
    "record",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    Column("batch", ForeignKey("batch.id"), nullable=False),
    Column("person_no", ForeignKey("person.no"), nullable=True),
    Column("step", String, nullable=False),
    Column("occurrence", Integer, nullable=False),
    Column("title", String, nullable=False),
    Column("occurred_on", String, nullable=False),
    Column("occurred_to", String, nullable=False),
    Column("place", String, nullable=False),
    Column("secrecy", String, nullable=False),
    Column("digest", String, nullable=False, unique=True),
    Column("sha256", String, nullable=False),
    Column("docx_sha256", String, nullable=False),
    Column("correction_of", ForeignKey("record.id"), nullable=True),
    Column("superseded_by", ForeignKey("record.id"), nullable=True),
    Column("token", String, nullable=False, unique=True),
    Column("submission", String, nullable=False),
    Column("admitted_at", String, nullable=False),
    Column("state", String, nullable=False),
    CheckConstraint("state in ('admitting', 'admitted')", name="record_state"),
    Index("record_of_batch", "batch", "step"),
    Index("record_of_person", "person_no", "step"),
    Index("record_state_open", "state"),
)

# Everybody a record refers to; signer rows carry the role.
mention = Table(
    "mention",
    metadata,
    Column("record", ForeignKey("record.seq"), nullable=False, index=True),
    Column("key", String, nullable=False, index=True),
    Column("no", String, nullable=False, index=True),
    Column("name", String, nullable=False, index=True),
    Column("post", String, nullable=False),
    Column("role", String, nullable=False),
    Column("signed_on", String, nullable=False),
    Column("sign_kind", String, nullable=False),
)

attachment = Table(
    "attachment",
    metadata,
    Column("record", ForeignKey("record.seq"), nullable=False, index=True),
    Column("id", String, nullable=False),
    Column("name", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("file", String, nullable=False),
    Column("media_type", String, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("sha256", String, nullable=False),
    Column("pages", Integer, nullable=False),
    UniqueConstraint("record", "id"),
)

# A claimed submission that waits for something; it stands in the home's waiting/ folder under its token.
waiting = Table(
    "waiting",
    metadata,
    Column("token", String, primary_key=True),
    Column("record", String, nullable=False),
    Column("batch", String, nullable=False),
    Column("needs", String, nullable=False, index=True),
    Column("message", String, nullable=False),
    Column("submission", String, nullable=False),
    Column("since", String, nullable=False),
    Column("facts", Text, nullable=False),
)

# What became of every submission: one line per verdict.
verdict = Table(
    "verdict",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("at", String, nullable=False),
    Column("submission", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("record", String, nullable=False),
    Column("batch", String, nullable=False, index=True),
    Column("sha256", String, nullable=False),
    Column("place", String, nullable=False),
    Column("findings", Text, nullable=False),
    CheckConstraint("outcome in ('admitted', 'duplicate', 'rejected', 'waiting')", name="verdict_outcome"),
)

# One counter per 全宗, 卷种, 年度; moved only inside the transaction that inserts the volumes.
series = Table(
    "series",
    metadata,
    Column("fonds", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
    CheckConstraint("last >= 0", name="series_last"),
)

# Where a series begins that does not begin at 1: numbers up to there were given by hand. Before its first number is
# given a start may be said anew; the last one said holds.
series_start = Table(
    "series_start",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("fonds", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("year", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("reason", String, nullable=False),
    Column("by", String, nullable=False),
    Column("approved_by", String, nullable=False),
    Column("at", String, nullable=False),
    CheckConstraint("start > 0", name="start_positive"),
    CheckConstraint('"by" <> approved_by', name="start_by_two"),
    CheckConstraint("reason <> ''", name="start_has_reason"),
)

filing = Table(
    "filing",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("batch", ForeignKey("batch.id"), nullable=False, index=True),
    Column("filer", String, nullable=False),
    Column("acceptor", String, nullable=False),
    Column("accepted_at", String, nullable=False),
    Column("content_digest", String, nullable=False),
    Column("profile", String, nullable=False),
    Column("rules", String, nullable=False),
    Column("report", Text, nullable=False),
    CheckConstraint("filer <> acceptor", name="two_people"),
)

# A volume as its newest version has it.
# "numbered": decided, its bytes wait in staging. "filed": on the shelf. "void": kept with its reason.
volume = Table(
    "volume",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("number", String, nullable=False, unique=True),
    Column("fonds", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("year", Integer, nullable=False),
    Column("retention", String, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("batch", ForeignKey("batch.id"), nullable=False, index=True),
    Column("person_no", ForeignKey("person.no"), nullable=True, index=True),
    Column("title", String, nullable=False),
    Column("secrecy", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("items", Integer, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("sha256", String, nullable=False),
    Column("object_id", String, nullable=False, unique=True),
    Column("staged", String, nullable=False),
    Column("filing", ForeignKey("filing.seq"), nullable=False),
    Column("state", String, nullable=False),
    Column("void_reason", String, nullable=False, server_default=""),
    UniqueConstraint("fonds", "kind", "year", "ordinal", name="no_number_twice"),
    CheckConstraint("ordinal > 0", name="ordinal_positive"),
    CheckConstraint("pages > 0 and items > 0", name="volume_not_empty"),
    CheckConstraint("state in ('numbered', 'filed', 'void')", name="volume_state"),
    CheckConstraint("state <> 'void' or void_reason <> ''", name="void_has_reason"),
    # Nobody is one person here: two rows without one would not be the same to the database.
    Index("one_volume_per_person", "batch", "kind", text("coalesce(person_no, '')"), unique=True),
)

# Every version of every volume, as the filing that made it left it.
volume_version = Table(
    "volume_version",
    metadata,
    Column("volume", ForeignKey("volume.seq"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("filing", ForeignKey("filing.seq"), nullable=False),
    Column("sha256", String, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("items", Integer, nullable=False),
    Column("inventory", String, nullable=False),
    Column("filed_at", String, nullable=False),
    CheckConstraint("version > 0", name="version_positive"),
    CheckConstraint("pages > 0 and items > 0", name="version_not_empty"),
)

item = Table(
    "item",
    metadata,
    Column("volume", ForeignKey("volume.seq"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("record", String, nullable=False, index=True),
    Column("manner", String, nullable=False),
    Column("title", String, nullable=False),
    Column("responsible", String, nullable=False),
    Column("doc_no", String, nullable=False),
    Column("date", String, nullable=False),
    Column("secrecy", String, nullable=False),
    Column("retention", String, nullable=False),
    Column("first_page", Integer, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("folder", String, nullable=False),
    Column("version", Integer, nullable=False),
    UniqueConstraint("volume", "first_page", name="no_page_twice"),
    CheckConstraint("number > 0 and first_page > 0 and pages > 0", name="item_positive"),
    CheckConstraint("manner in ('original', 'extract', 'copy', 'made', 'ballots')", name="item_manner"),
)

# 台账: append-only, each line chained to the one before by its digest.
ledger = Table(
    "ledger",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("at", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("event", String, nullable=False),
    Column("subject", String, nullable=False, index=True),
    Column("detail", Text, nullable=False),
    Column("before", String, nullable=False, unique=True),
    Column("digest", String, nullable=False, unique=True),
)

# 预警: one line per cause. A line once closed is never changed; a cause that comes back is a new line.
alert = Table(
    "alert",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    Column("batch", ForeignKey("batch.id"), nullable=False),
    Column("cause", String, nullable=False),
    Column("level", String, nullable=False),
    Column("rule", String, nullable=False),
    Column("record", String, nullable=False),
    Column("person", String, nullable=False),
    Column("owner", String, nullable=False),
    Column("message", Text, nullable=False),
    Column("source", String, nullable=False),
    Column("verified", Integer, nullable=False),
    Column("settled_by", String, nullable=False),
    Column("binding", Integer, nullable=False),
    Column("mark", Integer, nullable=False),
    Column("raised_on", String, nullable=False),
    Column("due_on", String, nullable=False),
    Column("closed_on", String, nullable=False, server_default=""),
    Column("evidence", Text, nullable=False, server_default=""),
    Column("closed_by", String, nullable=False, server_default=""),
    Column("stands", Integer, nullable=False, server_default="1"),
    CheckConstraint("level in ('红', '橙', '黄', '蓝')", name="alert_level"),
    CheckConstraint("closed_on = '' or (evidence <> '' and closed_by <> '')", name="closed_with_evidence"),
    Index("alert_of_batch", "batch", "closed_on"),
    Index("one_open_alert", "batch", "cause", unique=True, **only_where("closed_on = ''")),
)

# How far each batch's alerts have been worked out, so that a round without news costs nothing.
alert_round = Table(
    "alert_round",
    metadata,
    Column("batch", ForeignKey("batch.id"), primary_key=True),
    Column("day", String, nullable=False),
    Column("records", Integer, nullable=False),
    Column("verdicts", Integer, nullable=False),
    Column("filings", Integer, nullable=False),
    Column("rules", String, nullable=False),
    Column("opening_rules", String, nullable=False),
    Column("idle", Integer, nullable=False),
)

# Rows that may never be deleted, and numbers that may never be changed, whatever program tries.
GUARDS = (
    *map(
        kept,
        ("record", "filing", "volume", "volume_version", "item", "ledger", "series", "series_start", "verdict",
         "alert"),
    ),
    fixed("fixed_number", "volume", "a number given is never changed", ("number", "ordinal", "fonds", "kind", "year")),
    fixed("fixed_version", "volume_version", "a version filed is never changed"),
    fixed("fixed_item", "item", "an item numbered is never changed"),
    fixed("fixed_ledger", "ledger", "the ledger is append-only"),
    fixed("fixed_alert", "alert", "what an alert was raised for is never changed",
          ("id", "batch", "cause", "raised_on")),
    fixed("closed_alert", "alert", "a closed alert is never changed",
          ("level", "rule", "record", "person", "message", "due_on", "closed_on", "evidence", "closed_by"),
          "OLD.closed_on <> ''"),
    fixed("fixed_series", "series", "a counter never goes back", when="NEW.last < OLD.last"),
    fixed("fixed_start", "series_start", "where a series began is never changed"),
    refused("late_start", "series_start", "a series whose numbers are given has begun",
            "EXISTS (SELECT 1 FROM series WHERE fonds = NEW.fonds AND kind = NEW.kind AND year = NEW.year)"),
)  # fmt: skip
