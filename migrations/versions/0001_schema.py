"""The whole schema, its rules and the application's rights."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from clinic.models.database_rules import (
    APPLICATION_ROLE,
    DROP_FUNCTIONS,
    FUNCTIONS,
    RULES,
    rights,
)
from clinic.models.ledger import XID8

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "add_on",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("primary_code", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__add_on")),
    )
    op.create_index(op.f("ix__add_on_code"), "add_on", ["code"], unique=False)
    op.create_table(
        "clinic_closure",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__clinic_closure")),
        sa.UniqueConstraint("on", name=op.f("uq__clinic_closure__on")),
        sa.UniqueConstraint("public_id", name=op.f("uq__clinic_closure__public_id")),
    )
    op.create_table(
        "code_pair",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("column1", sa.String(), nullable=False),
        sa.Column("column2", sa.String(), nullable=False),
        sa.Column("indicator", sa.String(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("deleted_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__code_pair")),
    )
    op.create_index("ix__code_pair__codes", "code_pair", ["column1", "column2"], unique=False)
    op.create_table(
        "control_number",
        sa.Column("partner", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("partner", "kind", name=op.f("pk__control_number")),
    )
    op.create_table(
        "device",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__device")),
        sa.UniqueConstraint("name", name=op.f("uq__device__name")),
        sa.UniqueConstraint("public_id", name=op.f("uq__device__public_id")),
    )
    op.create_table(
        "exempt_service",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__exempt_service")),
        sa.UniqueConstraint(
            "kind", "value", "effective_on", name=op.f("uq__exempt_service__kind_value_effective_on")
        ),
    )
    op.create_table(
        "guarantor",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_name", sa.String(), nullable=False),
        sa.Column("last_name", sa.String(), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("address2", sa.String(), nullable=False),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("zip", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("bad_address", sa.Boolean(), nullable=False),
        sa.Column("statement_hold", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__guarantor")),
        sa.UniqueConstraint("public_id", name=op.f("uq__guarantor__public_id")),
    )
    op.create_table(
        "listed_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("modified_on", sa.Date(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__listed_code")),
        sa.UniqueConstraint(
            "kind", "code", "effective_on", name=op.f("uq__listed_code__kind_code_effective_on")
        ),
    )
    op.create_table(
        "online_policy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("notice_hours", sa.Integer(), nullable=False),
        sa.Column("ahead_days", sa.Integer(), nullable=False),
        sa.Column("book_new", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("ahead_days between 1 and 180", name=op.f("ck__online_policy__ahead_known")),
        sa.CheckConstraint("notice_hours >= 0", name=op.f("ck__online_policy__notice_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__online_policy")),
    )
    op.create_table(
        "opt_out",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address_index", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cause", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__opt_out")),
    )
    op.create_index(op.f("ix__opt_out_address_index"), "opt_out", ["address_index"], unique=False)
    op.create_table(
        "payer",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("edi_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("filing_indicator", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("filing_days", sa.Integer(), nullable=False),
        sa.Column("corrected_days", sa.Integer(), nullable=False),
        sa.Column("limits_source", sa.String(), nullable=False),
        sa.Column("capitated", sa.Boolean(), nullable=False),
        sa.Column("needs_authorization", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("accepts_replacement", sa.Boolean(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__payer")),
        sa.UniqueConstraint("edi_id", name=op.f("uq__payer__edi_id")),
        sa.UniqueConstraint("name", name=op.f("uq__payer__name")),
        sa.UniqueConstraint("public_id", name=op.f("uq__payer__public_id")),
    )
    op.create_table(
        "practice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("legal_name", sa.String(), nullable=False),
        sa.Column("npi", sa.String(), nullable=False),
        sa.Column("tax_id", sa.String(), nullable=False),
        sa.Column("tax_id_kind", sa.String(), nullable=False),
        sa.Column("taxonomy", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("address2", sa.String(), nullable=False),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("zip", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("edi_sender_id", sa.String(), nullable=False),
        sa.Column("statement_min_days", sa.Integer(), nullable=False),
        sa.Column("statement_max_count", sa.Integer(), nullable=False),
        sa.Column("statement_due_days", sa.Integer(), nullable=False),
        sa.Column("alert_late_minutes", sa.Integer(), server_default="10", nullable=False),
        sa.Column("alert_wait_minutes", sa.Integer(), server_default="15", nullable=False),
        sa.Column("alert_room_minutes", sa.Integer(), server_default="15", nullable=False),
        sa.Column("alert_over_minutes", sa.Integer(), server_default="10", nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__practice")),
    )
    op.create_table(
        "procedure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("spanish", sa.String(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("global_days", sa.String(), nullable=True),
        sa.Column("zero_charge", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__procedure")),
        sa.UniqueConstraint("code", "effective_on", name=op.f("uq__procedure__code_effective_on")),
    )
    op.create_index(op.f("ix__procedure_code"), "procedure", ["code"], unique=False)
    op.create_table(
        "processor_event",
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk__processor_event")),
    )
    op.create_table(
        "rehearsal_clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("days_ahead", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__rehearsal_clock")),
    )
    op.create_table(
        "reminder_policy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=False),
        sa.Column("quiet_until", sa.Time(), nullable=False),
        sa.Column("sender_name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__reminder_policy")),
    )
    op.create_table(
        "reminder_rule",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.CheckConstraint("channel in ('email', 'sms')", name=op.f("ck__reminder_rule__channel_known")),
        sa.CheckConstraint("unit in ('days', 'hours')", name=op.f("ck__reminder_rule__unit_known")),
        sa.CheckConstraint("amount > 0", name=op.f("ck__reminder_rule__amount_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__reminder_rule")),
        sa.UniqueConstraint("amount", "unit", "channel", name=op.f("uq__reminder_rule__amount_unit_channel")),
        sa.UniqueConstraint("public_id", name=op.f("uq__reminder_rule__public_id")),
    )
    op.create_table(
        "reminder_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__reminder_text")),
        sa.UniqueConstraint("channel", "language", name=op.f("uq__reminder_text__channel_language")),
    )
    op.create_table(
        "rendering_provider",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_name", sa.String(), nullable=False),
        sa.Column("last_name", sa.String(), nullable=False),
        sa.Column("credential", sa.String(), nullable=False),
        sa.Column("npi", sa.String(), nullable=False),
        sa.Column("taxonomy", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active_from", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("overlap_limit", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__rendering_provider")),
        sa.UniqueConstraint("public_id", name=op.f("uq__rendering_provider__public_id")),
    )
    op.create_table(
        "room",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__room")),
        sa.UniqueConstraint("name", name=op.f("uq__room__name")),
        sa.UniqueConstraint("public_id", name=op.f("uq__room__public_id")),
    )
    op.create_table(
        "sandbox_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__sandbox_answer")),
        sa.UniqueConstraint("name", name=op.f("uq__sandbox_answer__name")),
    )
    op.create_index(op.f("ix__sandbox_answer_delivered_at"), "sandbox_answer", ["delivered_at"], unique=False)
    op.create_table(
        "sandbox_counter",
        sa.Column("edi_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("edi_id", "kind", name=op.f("pk__sandbox_counter")),
    )
    op.create_table(
        "sandbox_fee",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edi_id", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("allowed", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__sandbox_fee")),
        sa.UniqueConstraint("edi_id", "code", name=op.f("uq__sandbox_fee__edi_id_code")),
    )
    op.create_table(
        "sandbox_file",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kinds", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk__sandbox_file")),
    )
    op.create_table(
        "sandbox_instruction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("control_number", sa.String(), nullable=False),
        sa.Column("edi_id", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_for", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__sandbox_instruction")),
        sa.UniqueConstraint("key", name=op.f("uq__sandbox_instruction__key")),
    )
    op.create_table(
        "sandbox_payer",
        sa.Column("edi_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("edi_id", name=op.f("pk__sandbox_payer")),
    )
    op.create_table(
        "sandbox_recoupment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edi_id", sa.String(), nullable=False),
        sa.Column("payee_id", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("amount_open", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__sandbox_recoupment")),
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__sign_in_attempt")),
    )
    op.create_index("ix__sign_in_attempt__address_at", "sign_in_attempt", ["address", "at"], unique=False)
    op.create_index("ix__sign_in_attempt__subject_at", "sign_in_attempt", ["subject", "at"], unique=False)
    op.create_table(
        "stored_file",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("partner", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("control_number", sa.String(), nullable=False),
        sa.Column("payer_name", sa.String(), nullable=False),
        sa.Column("set_count", sa.Integer(), nullable=False),
        sa.Column("claim_count", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("balances", sa.Boolean(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__stored_file")),
        sa.UniqueConstraint("public_id", name=op.f("uq__stored_file__public_id")),
    )
    op.create_index(
        "ix__stored_file__exchanged",
        "stored_file",
        ["id"],
        unique=False,
        postgresql_where=sa.text("direction <> 'made'"),
    )
    op.create_index("ix__stored_file__kind_created_at", "stored_file", ["kind", "created_at"], unique=False)
    op.create_index(op.f("ix__stored_file_sha256"), "stored_file", ["sha256"], unique=False)
    op.create_table(
        "visit_type",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("service_type", sa.String(), nullable=False),
        sa.Column("takes_copay", sa.Boolean(), nullable=False),
        sa.Column("self_pay_fee", sa.BigInteger(), nullable=True),
        sa.Column("provider_from", sa.Integer(), nullable=False),
        sa.Column("provider_until", sa.Integer(), nullable=True),
        sa.Column("buffer_minutes", sa.Integer(), nullable=False),
        sa.Column("buffer_before", sa.Integer(), server_default="0", nullable=False),
        sa.Column("provider_ids", postgresql.ARRAY(sa.Integer()), server_default="{}", nullable=False),
        sa.Column("room_kind", sa.String(), nullable=False),
        sa.Column("device_kind", sa.String(), nullable=False),
        sa.Column("patient_kind", sa.String(), nullable=False),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("color", sa.String(), nullable=False),
        sa.Column("late_cancel_hours", sa.Integer(), nullable=False),
        sa.Column("no_show_fee", sa.BigInteger(), nullable=True),
        sa.Column("late_cancel_fee", sa.BigInteger(), nullable=True),
        sa.Column("fee_grace", sa.Integer(), nullable=False),
        sa.Column("usual_codes", postgresql.ARRAY(sa.String()), server_default="{}", nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__visit_type")),
        sa.UniqueConstraint("name", name=op.f("uq__visit_type__name")),
        sa.UniqueConstraint("public_id", name=op.f("uq__visit_type__public_id")),
    )
    op.create_table(
        "wait_policy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("hold_minutes", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__wait_policy")),
    )
    op.create_table(
        "work",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("days_ahead", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_owner", sa.String(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__work")),
        sa.UniqueConstraint("key", name=op.f("uq__work__key")),
    )
    op.create_index(
        "ix__work__due_at",
        "work",
        ["due_at"],
        unique=False,
        postgresql_where="state in ('waiting', 'running')",
    )
    op.create_table(
        "zip_place",
        sa.Column("zip", sa.String(), nullable=False),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("zip", name=op.f("pk__zip_place")),
    )
    op.create_table(
        "adjustment_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("payer_id", sa.Integer(), nullable=True),
        sa.Column("group_code", sa.String(), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["payer_id"], ["payer.id"], name=op.f("fk__adjustment_rule__payer_id__payer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__adjustment_rule")),
        sa.UniqueConstraint(
            "payer_id",
            "group_code",
            "reason_code",
            name=op.f("uq__adjustment_rule__payer_id_group_code_reason_code"),
        ),
    )
    op.create_table(
        "enrolment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("payer_id", sa.Integer(), nullable=False),
        sa.Column("transaction_kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["payer_id"], ["payer.id"], name=op.f("fk__enrolment__payer_id__payer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__enrolment")),
        sa.UniqueConstraint(
            "payer_id", "transaction_kind", name=op.f("uq__enrolment__payer_id_transaction_kind")
        ),
    )
    op.create_table(
        "fee_schedule",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("payer_id", sa.Integer(), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["payer_id"], ["payer.id"], name=op.f("fk__fee_schedule__payer_id__payer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__fee_schedule")),
        sa.UniqueConstraint("public_id", name=op.f("uq__fee_schedule__public_id")),
    )
    op.create_table(
        "file_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk__file_key__file_id__stored_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__file_key")),
        sa.UniqueConstraint("file_id", "kind", "value", name=op.f("uq__file_key__file_id_kind_value")),
    )
    op.create_index(
        "ix__file_key__value",
        "file_key",
        ["value"],
        unique=False,
        postgresql_ops={"value": "text_pattern_ops"},
    )
    op.create_table(
        "hours_exception",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=True),
        sa.Column("ends", sa.Time(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(starts IS NULL) = (ends IS NULL)", name=op.f("ck__hours_exception__both_or_none")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["rendering_provider.id"],
            name=op.f("fk__hours_exception__provider_id__rendering_provider"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__hours_exception")),
        sa.UniqueConstraint("public_id", name=op.f("uq__hours_exception__public_id")),
    )
    op.create_index(
        "ix__hours_exception__on_provider", "hours_exception", ["on", "provider_id"], unique=False
    )
    op.create_table(
        "online_visit_type",
        sa.Column("visit_type_id", sa.Integer(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("name_es", sa.String(), nullable=False),
        sa.Column("question_en", sa.String(), nullable=False),
        sa.Column("question_es", sa.String(), nullable=False),
        sa.Column("provider_ids", postgresql.ARRAY(sa.Integer()), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["visit_type_id"],
            ["visit_type.id"],
            name=op.f("fk__online_visit_type__visit_type_id__visit_type"),
        ),
        sa.PrimaryKeyConstraint("visit_type_id", name=op.f("pk__online_visit_type")),
    )
    op.create_table(
        "patient",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mrn", sa.String(), nullable=False),
        sa.Column("first_name", sa.String(), nullable=False),
        sa.Column("middle_name", sa.String(), nullable=False),
        sa.Column("last_name", sa.String(), nullable=False),
        sa.Column("suffix", sa.String(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("first_key", sa.String(), nullable=False),
        sa.Column("tail_key", sa.String(), server_default="", nullable=False),
        sa.Column("sound_key", sa.String(), server_default="", nullable=False),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.Column("born_on", sa.Date(), nullable=False),
        sa.Column("sex", sa.String(), nullable=False),
        sa.Column("ssn_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("ssn_index", sa.LargeBinary(), nullable=True),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("phone_digits", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("address2", sa.String(), nullable=False),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("zip", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("emergency_contact", sa.String(), nullable=False),
        sa.Column("guarantor_id", sa.Integer(), nullable=False),
        sa.Column("guarantor_relationship", sa.String(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("privacy_notice_on", sa.Date(), nullable=True),
        sa.Column("consent_on", sa.Date(), nullable=True),
        sa.Column("sms_consent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("email_consent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["guarantor_id"], ["guarantor.id"], name=op.f("fk__patient__guarantor_id__guarantor")
        ),
        sa.ForeignKeyConstraint(
            ["merged_into_id"], ["patient.id"], name=op.f("fk__patient__merged_into_id__patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__patient")),
        sa.UniqueConstraint("mrn", name=op.f("uq__patient__mrn")),
        sa.UniqueConstraint("public_id", name=op.f("uq__patient__public_id")),
    )
    op.create_index("ix__patient__born_on", "patient", ["born_on"], unique=False)
    op.create_index(
        "ix__patient__merged_into_id",
        "patient",
        ["merged_into_id"],
        unique=False,
        postgresql_where="merged_into_id is not null",
    )
    op.create_index(
        "ix__patient__name_key",
        "patient",
        ["name_key", "first_key"],
        unique=False,
        postgresql_ops={"name_key": "text_pattern_ops"},
    )
    op.create_index("ix__patient__phone_digits", "patient", ["phone_digits"], unique=False)
    op.create_index("ix__patient__sound_key", "patient", ["sound_key"], unique=False)
    op.create_index(
        "ix__patient__tail_key",
        "patient",
        ["tail_key", "first_key"],
        unique=False,
        postgresql_ops={"tail_key": "text_pattern_ops"},
    )
    op.create_index(op.f("ix__patient_guarantor_id"), "patient", ["guarantor_id"], unique=False)
    op.create_index(op.f("ix__patient_ssn_index"), "patient", ["ssn_index"], unique=False)
    op.create_table(
        "provider_hours",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["rendering_provider.id"],
            name=op.f("fk__provider_hours__provider_id__rendering_provider"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__provider_hours")),
        sa.UniqueConstraint("public_id", name=op.f("uq__provider_hours__public_id")),
    )
    op.create_index(op.f("ix__provider_hours_provider_id"), "provider_hours", ["provider_id"], unique=False)
    op.create_table(
        "recall_rule",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("after_id", sa.Integer(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("visit_type_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["after_id"], ["visit_type.id"], name=op.f("fk__recall_rule__after_id__visit_type")
        ),
        sa.ForeignKeyConstraint(
            ["visit_type_id"], ["visit_type.id"], name=op.f("fk__recall_rule__visit_type_id__visit_type")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__recall_rule")),
        sa.UniqueConstraint("after_id", name=op.f("uq__recall_rule__after_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq__recall_rule__public_id")),
    )
    op.create_table(
        "reserved_time",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("visit_type_ids", postgresql.ARRAY(sa.Integer()), server_default="{}", nullable=False),
        sa.Column("release_days", sa.Integer(), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["rendering_provider.id"],
            name=op.f("fk__reserved_time__provider_id__rendering_provider"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__reserved_time")),
        sa.UniqueConstraint("public_id", name=op.f("uq__reserved_time__public_id")),
    )
    op.create_index(op.f("ix__reserved_time_provider_id"), "reserved_time", ["provider_id"], unique=False)
    op.create_table(
        "sandbox_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edi_id", sa.String(), nullable=False),
        sa.Column("plan_name", sa.String(), nullable=False),
        sa.Column("copay", sa.BigInteger(), nullable=False),
        sa.Column("copay_only", sa.Boolean(), nullable=False),
        sa.Column("deductible", sa.BigInteger(), nullable=False),
        sa.Column("family_deductible", sa.BigInteger(), nullable=False),
        sa.Column("out_of_pocket", sa.BigInteger(), nullable=False),
        sa.Column("coinsurance_percent", sa.Integer(), nullable=False),
        sa.Column("allowed_percent", sa.Integer(), nullable=False),
        sa.Column("filing_days", sa.Integer(), nullable=False),
        sa.Column("days_to_pay", sa.Integer(), nullable=False),
        sa.Column("needs_authorization", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["edi_id"], ["sandbox_payer.edi_id"], name=op.f("fk__sandbox_plan__edi_id__sandbox_payer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__sandbox_plan")),
        sa.UniqueConstraint("edi_id", "plan_name", name=op.f("uq__sandbox_plan__edi_id_plan_name")),
    )
    op.create_index(op.f("ix__sandbox_plan_edi_id"), "sandbox_plan", ["edi_id"], unique=False)
    op.create_table(
        "user_account",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sign_in_name", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("totp_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("totp_last_step", sa.Integer(), nullable=False),
        sa.Column("rendering_provider_id", sa.Integer(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("failed_attempts", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("theme", sa.String(), nullable=False),
        sa.Column("single_keys", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rendering_provider_id"],
            ["rendering_provider.id"],
            name=op.f("fk__user_account__rendering_provider_id__rendering_provider"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__user_account")),
        sa.UniqueConstraint("public_id", name=op.f("uq__user_account__public_id")),
        sa.UniqueConstraint("sign_in_name", name=op.f("uq__user_account__sign_in_name")),
    )
    op.create_table(
        "audit_event",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("patient_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk__audit_event__user_id__user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__audit_event")),
    )
    op.create_index("ix__audit_event__at", "audit_event", ["at"], unique=False)
    op.create_index(
        "ix__audit_event__patient_ids", "audit_event", ["patient_ids"], unique=False, postgresql_using="gin"
    )
    op.create_index("ix__audit_event__user_id_at", "audit_event", ["user_id", "at"], unique=False)
    op.create_table(
        "benefit_order",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("proposal", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("applies_from", sa.Date(), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["applied_by"], ["user_account.id"], name=op.f("fk__benefit_order__applied_by__user_account")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["user_account.id"], name=op.f("fk__benefit_order__asked_by__user_account")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk__benefit_order__patient_id__patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__benefit_order")),
        sa.UniqueConstraint("public_id", name=op.f("uq__benefit_order__public_id")),
    )
    op.create_index(op.f("ix__benefit_order_patient_id"), "benefit_order", ["patient_id"], unique=False)
    op.create_table(
        "calendar_feed",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("token_index", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["made_by"], ["user_account.id"], name=op.f("fk__calendar_feed__made_by__user_account")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["rendering_provider.id"],
            name=op.f("fk__calendar_feed__provider_id__rendering_provider"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__calendar_feed")),
        sa.UniqueConstraint("public_id", name=op.f("uq__calendar_feed__public_id")),
        sa.UniqueConstraint("token_index", name=op.f("uq__calendar_feed__token_index")),
    )
    op.create_index(op.f("ix__calendar_feed_provider_id"), "calendar_feed", ["provider_id"], unique=False)
    op.create_table(
        "consent",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("signer", sa.String(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("revoked_on", sa.Date(), nullable=True),
        sa.Column("revoked_reason", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk__consent__patient_id__patient")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["user_account.id"], name=op.f("fk__consent__recorded_by__user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__consent")),
        sa.UniqueConstraint("public_id", name=op.f("uq__consent__public_id")),
    )
    op.create_index("ix__consent__patient_id_kind", "consent", ["patient_id", "kind"], unique=False)
    op.create_table(
        "day_close",
        sa.Column("closed_on", sa.Date(), nullable=False),
        sa.Column("closed_by", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("totals", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("audit_code", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["closed_by"], ["user_account.id"], name=op.f("fk__day_close__closed_by__user_account")
        ),
        sa.PrimaryKeyConstraint("closed_on", name=op.f("pk__day_close")),
    )
    op.create_table(
        "drawer",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("float_amount", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("counted", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("expected", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("difference_reason", sa.String(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk__drawer__user_id__user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__drawer")),
        sa.UniqueConstraint("public_id", name=op.f("uq__drawer__public_id")),
        sa.UniqueConstraint("user_id", "opened_on", name=op.f("uq__drawer__user_id_opened_on")),
    )
    op.create_table(
        "fee",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("schedule_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("modifier", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["fee_schedule.id"], name=op.f("fk__fee__schedule_id__fee_schedule")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__fee")),
        sa.UniqueConstraint(
            "schedule_id", "code", "modifier", name=op.f("uq__fee__schedule_id_code_modifier")
        ),
    )
    op.create_table(
        "missed_visit_terms",
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.Column("waiver_reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk__missed_visit_terms__patient_id__patient")
        ),
        sa.PrimaryKeyConstraint("patient_id", name=op.f("pk__missed_visit_terms")),
    )
    op.create_table(
        "patient_case",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("injured_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("claim_number", sa.String(), nullable=False),
        sa.Column("adjuster", sa.String(), nullable=False),
        sa.Column("adjuster_phone", sa.String(), nullable=False),
        sa.Column("employer", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind in ('work', 'auto', 'other')", name=op.f("ck__patient_case__kind_known")),
        sa.CheckConstraint(
            "closed_on is null or closed_on >= injured_on", name=op.f("ck__patient_case__dates_in_order")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk__patient_case__patient_id__patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__patient_case")),
        sa.UniqueConstraint("public_id", name=op.f("uq__patient_case__public_id")),
    )
    op.create_index(op.f("ix__patient_case_patient_id"), "patient_case", ["patient_id"], unique=False)
    op.create_table(
        "patient_contact",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("may_know", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk__patient_contact__patient_id__patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__patient_contact")),
        sa.UniqueConstraint("public_id", name=op.f("uq__patient_contact__public_id")),
    )
    op.create_index(op.f("ix__patient_contact_patient_id"), "patient_contact", ["patient_id"], unique=False)
    op.create_table(
        "patient_distinction",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("one_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said_by", sa.Integer(), nullable=True),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_back_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("one_id <> other_id", name=op.f("ck__patient_distinction__two_records")),
        sa.ForeignKeyConstraint(
            ["one_id"], ["patient.id"], name=op.f("fk__patient_distinction__one_id__patient")
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["patient.id"], name=op.f("fk__patient_distinction__other_id__patient")
        ),
        sa.ForeignKeyConstraint(
            ["said_by"], ["user_account.id"], name=op.f("fk__patient_distinction__said_by__user_account")
        ),
        sa.ForeignKeyConstraint(
            ["taken_back_by"],
            ["user_account.id"],
            name=op.f("fk__patient_distinction__taken_back_by__user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__patient_distinction")),
        sa.UniqueConstraint("public_id", name=op.f("uq__patient_distinction__public_id")),
    )
    op.create_index("ix__patient_distinction__other_id", "patient_distinction", ["other_id"], unique=False)
    op.create_index(
        "uq__patient_distinction__standing",
        "patient_distinction",
        ["one_id", "other_id"],
        unique=True,
        postgresql_where="taken_back_at is null",
    )
    op.create_table(
        "patient_merge",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("survivor_id", sa.Integer(), nullable=False),
        sa.Column("merged_id", sa.Integer(), nullable=False),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("moved", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged_by", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["merged_by"], ["user_account.id"], name=op.f("fk__patient_merge__merged_by__user_account")
        ),
        sa.ForeignKeyConstraint(
            ["merged_id"], ["patient.id"], name=op.f("fk__patient_merge__merged_id__patient")
        ),
        sa.ForeignKeyConstraint(
            ["survivor_id"], ["patient.id"], name=op.f("fk__patient_merge__survivor_id__patient")
        ),
        sa.ForeignKeyConstraint(
            ["undone_by"], ["user_account.id"], name=op.f("fk__patient_merge__undone_by__user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__patient_merge")),
        sa.UniqueConstraint("public_id", name=op.f("uq__patient_merge__public_id")),
    )
    op.create_index(op.f("ix__patient_merge_merged_id"), "patient_merge", ["merged_id"], unique=False)
    op.create_index(op.f("ix__patient_merge_survivor_id"), "patient_merge", ["survivor_id"], unique=False)
    op.create_table(
        "patient_preference",
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("interpreter", sa.String(), nullable=False),
        sa.Column("confidential_since", sa.Date(), nullable=True),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("address2", sa.String(), nullable=False),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("zip", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk__patient_preference__patient_id__patient")
        ),
        sa.PrimaryKeyConstraint("patient_id", name=op.f("pk__patient_preference")),
    )
    op.create_table(
        "recall",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("visit_type_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("contacted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("messages_sent", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state in ('due', 'contacted', 'declined', 'done')", name=op.f("ck__recall__state_known")
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["user_account.id"], name=op.f("fk__recall__made_by__user_account")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk__recall__patient_id__patient")),
        sa.ForeignKeyConstraint(
            ["visit_type_id"], ["visit_type.id"], name=op.f("fk__recall__visit_type_id__visit_type")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__recall")),
        sa.UniqueConstraint("key", name=op.f("uq__recall__key")),
        sa.UniqueConstraint("public_id", name=op.f("uq__recall__public_id")),
    )
    op.create_index(
        "ix__recall__due",
        "recall",
        ["due_on"],
        unique=False,
        postgresql_where=sa.text("state in ('due', 'contacted')"),
    )
    op.create_index(op.f("ix__recall_patient_id"), "recall", ["patient_id"], unique=False)
    op.create_table(
        "remittance",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("set_index", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("payer_id", sa.Integer(), nullable=True),
        sa.Column("payer_name", sa.String(), nullable=False),
        sa.Column("originator", sa.String(), nullable=False),
        sa.Column("trace", sa.String(), nullable=False),
        sa.Column("payee_id", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("interchange", sa.String(), nullable=False),
        sa.Column("duplicate_of_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("proofs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("posted_by", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["duplicate_of_id"], ["remittance.id"], name=op.f("fk__remittance__duplicate_of_id__remittance")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk__remittance__file_id__stored_file")
        ),
        sa.ForeignKeyConstraint(["payer_id"], ["payer.id"], name=op.f("fk__remittance__payer_id__payer")),
        sa.ForeignKeyConstraint(
            ["posted_by"], ["user_account.id"], name=op.f("fk__remittance__posted_by__user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__remittance")),
        sa.UniqueConstraint("public_id", name=op.f("uq__remittance__public_id")),
    )
    op.create_index("ix__remittance__identity", "remittance", ["identity"], unique=False)
    op.create_index("ix__remittance__state", "remittance", ["state"], unique=False)
    op.create_index(op.f("ix__remittance_file_id"), "remittance", ["file_id"], unique=False)
    op.create_table(
        "sandbox_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edi_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("first_name", sa.String(), nullable=False),
        sa.Column("last_name", sa.String(), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("deductible_met", sa.BigInteger(), nullable=False),
        sa.Column("out_of_pocket_met", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["sandbox_plan.id"], name=op.f("fk__sandbox_member__plan_id__sandbox_plan")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__sandbox_member")),
        sa.UniqueConstraint(
            "edi_id", "member_id", "first_name", name=op.f("uq__sandbox_member__edi_id_member_id_first_name")
        ),
    )
    op.create_table(
        "saved_view",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("span", sa.String(), nullable=False),
        sa.Column("providers", postgresql.ARRAY(sa.String()), server_default="{}", nullable=False),
        sa.Column("rooms", postgresql.ARRAY(sa.String()), server_default="{}", nullable=False),
        sa.Column("opens_first", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "span in ('day', 'week', 'month', 'list')", name=op.f("ck__saved_view__span_known")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk__saved_view__user_id__user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__saved_view")),
        sa.UniqueConstraint("public_id", name=op.f("uq__saved_view__public_id")),
    )
    op.create_index(
        "uq__saved_view__first", "saved_view", ["user_id"], unique=True, postgresql_where="opens_first"
    )
    op.create_index("uq__saved_view__user_name", "saved_view", ["user_id", "name"], unique=True)
    op.create_table(
        "schedule_block",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry", sa.String(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("everybody", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck__schedule_block__ends_after_start")),
        sa.ForeignKeyConstraint(
            ["made_by"], ["user_account.id"], name=op.f("fk__schedule_block__made_by__user_account")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["rendering_provider.id"],
            name=op.f("fk__schedule_block__provider_id__rendering_provider"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__schedule_block")),
    )
    op.create_index(
        "ix__schedule_block__provider_starts", "schedule_block", ["provider_id", "starts_at"], unique=False
    )
    op.create_index(
        "uq__schedule_block__entry_provider", "schedule_block", ["entry", "provider_id"], unique=True
    )
    op.create_table(
        "statement_batch",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("statement_on", sa.Date(), nullable=False),
        sa.Column("statement_count", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user_account.id"], name=op.f("fk__statement_batch__created_by__user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__statement_batch")),
        sa.UniqueConstraint("key", name=op.f("uq__statement_batch__key")),
        sa.UniqueConstraint("public_id", name=op.f("uq__statement_batch__public_id")),
    )
    op.create_table(
        "submission",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("partner", sa.String(), nullable=False),
        sa.Column("interchange_number", sa.Integer(), nullable=False),
        sa.Column("group_number", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("claim_count", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user_account.id"], name=op.f("fk__submission__created_by__user_account")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk__submission__file_id__stored_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__submission")),
        sa.UniqueConstraint(
            "partner", "interchange_number", name=op.f("uq__submission__partner_interchange_number")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq__submission__public_id")),
    )
    op.create_index(op.f("ix__submission_file_id"), "submission", ["file_id"], unique=False)
    op.create_table(
        "user_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("data", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk__user_session__user_id__user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__user_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq__user_session__token_hash")),
    )
    op.create_index(op.f("ix__user_session_user_id"), "user_session", ["user_id"], unique=False)
    op.create_table(
        "appointment_series",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("visit_type_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("self_pay", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("wall_time", sa.Time(), nullable=False),
        sa.Column("weekdays", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("every", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("skipped", postgresql.ARRAY(sa.Date()), server_default="{}", nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(times IS NULL) <> (until_on IS NULL)", name=op.f("ck__appointment_series__one_end")
        ),
        sa.CheckConstraint("cardinality(weekdays) > 0", name=op.f("ck__appointment_series__weekdays_given")),
        sa.CheckConstraint("every > 0", name=op.f("ck__appointment_series__every_positive")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["patient_case.id"], name=op.f("fk__appointment_series__case_id__patient_case")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk__appointment_series__patient_id__patient")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["rendering_provider.id"],
            name=op.f("fk__appointment_series__provider_id__rendering_provider"),
        ),
        sa.ForeignKeyConstraint(
            ["visit_type_id"],
            ["visit_type.id"],
            name=op.f("fk__appointment_series__visit_type_id__visit_type"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__appointment_series")),
        sa.UniqueConstraint("key", name=op.f("uq__appointment_series__key")),
        sa.UniqueConstraint("public_id", name=op.f("uq__appointment_series__public_id")),
    )
    op.create_index(
        op.f("ix__appointment_series_patient_id"), "appointment_series", ["patient_id"], unique=False
    )
    op.create_table(
        "coverage",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("payer_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("plan_name", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("group_number", sa.String(), nullable=False),
        sa.Column("relationship_code", sa.String(), nullable=False),
        sa.Column("subscriber_first_name", sa.String(), nullable=False),
        sa.Column("subscriber_last_name", sa.String(), nullable=False),
        sa.Column("subscriber_born_on", sa.Date(), nullable=True),
        sa.Column("subscriber_sex", sa.String(), nullable=False),
        sa.Column("subscriber_address", sa.String(), server_default="", nullable=False),
        sa.Column("subscriber_address2", sa.String(), server_default="", nullable=False),
        sa.Column("subscriber_city", sa.String(), server_default="", nullable=False),
        sa.Column("subscriber_state", sa.String(), server_default="", nullable=False),
        sa.Column("subscriber_zip", sa.String(), server_default="", nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("terminated_on", sa.Date(), nullable=True),
        sa.Column("copay", sa.BigInteger(), nullable=True),
        sa.Column("msp_type", sa.String(), server_default="", nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(position = 0) = (case_id is not null)", name=op.f("ck__coverage__position_of_case")
        ),
        sa.CheckConstraint("position in (0, 1, 2, 3)", name=op.f("ck__coverage__position_known")),
        sa.CheckConstraint(
            "terminated_on is null or terminated_on >= effective_on",
            name=op.f("ck__coverage__dates_in_order"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["patient_case.id"], name=op.f("fk__coverage__case_id__patient_case")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk__coverage__patient_id__patient")
        ),
        sa.ForeignKeyConstraint(["payer_id"], ["payer.id"], name=op.f("fk__coverage__payer_id__payer")),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["coverage.id"], name=op.f("fk__coverage__replaces_id__coverage")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__coverage")),
        sa.UniqueConstraint("public_id", name=op.f("uq__coverage__public_id")),
    )
    op.create_index(op.f("ix__coverage_case_id"), "coverage", ["case_id"], unique=False)
    op.create_index(op.f("ix__coverage_patient_id"), "coverage", ["patient_id"], unique=False)
    op.create_index(op.f("ix__coverage_payer_id"), "coverage", ["payer_id"], unique=False)
    op.create_index(op.f("ix__coverage_replaces_id"), "coverage", ["replaces_id"], unique=False)
    op.create_table(
        "provider_adjustment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("remittance_id", sa.Integer(), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("segment_position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["remittance_id"],
            ["remittance.id"],
            name=op.f("fk__provider_adjustment__remittance_id__remittance"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__provider_adjustment")),
    )
    op.create_index(
        op.f("ix__provider_adjustment_remittance_id"), "provider_adjustment", ["remittance_id"], unique=False
    )
    op.create_table(
        "sandbox_claim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edi_id", sa.String(), nullable=False),
        sa.Column("control_number", sa.String(), nullable=False),
        sa.Column("payer_claim_number", sa.String(), nullable=False),
        sa.Column("frequency", sa.String(), nullable=False),
        sa.Column("replaces", sa.String(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("instruction_id", sa.Integer(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("service_on", sa.Date(), nullable=False),
        sa.Column("pay_on", sa.Date(), nullable=False),
        sa.Column("amount_billed", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("decision", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("remittance_trace", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instruction_id"],
            ["sandbox_instruction.id"],
            name=op.f("fk__sandbox_claim__instruction_id__sandbox_instruction"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["sandbox_member.id"], name=op.f("fk__sandbox_claim__member_id__sandbox_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__sandbox_claim")),
        sa.UniqueConstraint("payer_claim_number", name=op.f("uq__sandbox_claim__payer_claim_number")),
    )
    op.create_index("ix__sandbox_claim__control_number", "sandbox_claim", ["control_number"], unique=False)
    op.create_index("ix__sandbox_claim__pay_on", "sandbox_claim", ["pay_on"], unique=False)
    op.create_index(op.f("ix__sandbox_claim_member_id"), "sandbox_claim", ["member_id"], unique=False)
    op.create_table(
        "statement",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("guarantor_id", sa.Integer(), nullable=False),
        sa.Column("amount_due", sa.BigInteger(), nullable=False),
        sa.Column("statement_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["statement_batch.id"], name=op.f("fk__statement__batch_id__statement_batch")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk__statement__file_id__stored_file")
        ),
        sa.ForeignKeyConstraint(
            ["guarantor_id"], ["guarantor.id"], name=op.f("fk__statement__guarantor_id__guarantor")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__statement")),
        sa.UniqueConstraint("batch_id", "guarantor_id", name=op.f("uq__statement__batch_id_guarantor_id")),
        sa.UniqueConstraint("number", name=op.f("uq__statement__number")),
        sa.UniqueConstraint("public_id", name=op.f("uq__statement__public_id")),
    )
    op.create_index(op.f("ix__statement_batch_id"), "statement", ["batch_id"], unique=False)
    op.create_index(op.f("ix__statement_guarantor_id"), "statement", ["guarantor_id"], unique=False)
    op.create_table(
        "statement_exclusion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("guarantor_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["statement_batch.id"],
            name=op.f("fk__statement_exclusion__batch_id__statement_batch"),
        ),
        sa.ForeignKeyConstraint(
            ["guarantor_id"], ["guarantor.id"], name=op.f("fk__statement_exclusion__guarantor_id__guarantor")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__statement_exclusion")),
    )
    op.create_index(
        op.f("ix__statement_exclusion_batch_id"), "statement_exclusion", ["batch_id"], unique=False
    )
    op.create_table(
        "appointment",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=True),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=True),
        sa.Column("device_id", sa.Integer(), nullable=True),
        sa.Column("visit_type_id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=True),
        sa.Column("series_on", sa.Date(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("busy_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("busy_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lane", sa.Integer(), server_default="0", nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_for", sa.String(), server_default="", nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("self_pay", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("overbooked", sa.Boolean(), nullable=False),
        sa.Column("overbook_reason", sa.String(), nullable=False),
        sa.Column("closed_reason", sa.String(), server_default="", nullable=False),
        sa.Column("note", sa.String(), server_default="", nullable=False),
        sa.Column("cancel_reason", sa.String(), nullable=False),
        sa.Column("booked_by", sa.Integer(), nullable=True),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("roomed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("roomed_in_id", sa.Integer(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(status = 'held') = (held_until IS NOT NULL)", name=op.f("ck__appointment__held_until")
        ),
        sa.CheckConstraint(
            "patient_id IS NOT NULL OR status = 'held'", name=op.f("ck__appointment__patient_unless_held")
        ),
        sa.CheckConstraint(
            "(busy_from IS NULL) = (busy_until IS NULL)", name=op.f("ck__appointment__busy_both")
        ),
        sa.CheckConstraint(
            "busy_until > busy_from AND busy_from < ends_at", name=op.f("ck__appointment__busy_inside")
        ),
        sa.CheckConstraint("case_id IS NULL OR NOT self_pay", name=op.f("ck__appointment__one_who_pays")),
        sa.CheckConstraint("char_length(note) <= 500", name=op.f("ck__appointment__note_short")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck__appointment__ends_after_start")),
        sa.ForeignKeyConstraint(
            ["booked_by"], ["user_account.id"], name=op.f("fk__appointment__booked_by__user_account")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["patient_case.id"], name=op.f("fk__appointment__case_id__patient_case")
        ),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["user_account.id"], name=op.f("fk__appointment__changed_by__user_account")
        ),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk__appointment__device_id__device")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk__appointment__patient_id__patient")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["rendering_provider.id"],
            name=op.f("fk__appointment__provider_id__rendering_provider"),
        ),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk__appointment__room_id__room")),
        sa.ForeignKeyConstraint(
            ["roomed_in_id"], ["room.id"], name=op.f("fk__appointment__roomed_in_id__room")
        ),
        sa.ForeignKeyConstraint(
            ["series_id"],
            ["appointment_series.id"],
            name=op.f("fk__appointment__series_id__appointment_series"),
        ),
        sa.ForeignKeyConstraint(
            ["visit_type_id"], ["visit_type.id"], name=op.f("fk__appointment__visit_type_id__visit_type")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__appointment")),
        sa.UniqueConstraint("public_id", name=op.f("uq__appointment__public_id")),
    )
    op.create_index(
        "ix__appointment__held_until",
        "appointment",
        ["held_until"],
        unique=False,
        postgresql_where=sa.text("held_until IS NOT NULL"),
    )
    op.create_index(
        "ix__appointment__patient_id_starts_at", "appointment", ["patient_id", "starts_at"], unique=False
    )
    op.create_index(
        "ix__appointment__provider_id_starts_at", "appointment", ["provider_id", "starts_at"], unique=False
    )
    op.create_index(
        "ix__appointment__series_id",
        "appointment",
        ["series_id"],
        unique=False,
        postgresql_where="series_id IS NOT NULL",
    )
    op.create_index("ix__appointment__starts_at", "appointment", ["starts_at"], unique=False)
    op.create_index(op.f("ix__appointment_case_id"), "appointment", ["case_id"], unique=False)
    op.create_index(
        "uq__appointment__roomed_in",
        "appointment",
        ["roomed_in_id"],
        unique=True,
        postgresql_where=sa.text("roomed_in_id IS NOT NULL AND status IN ('roomed', 'with_provider')"),
    )
    op.create_table(
        "authorization_number",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("coverage_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("codes", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("counts", sa.String(), nullable=False),
        sa.Column("visits_allowed", sa.Integer(), nullable=False),
        sa.Column("visits_used", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "counts in ('visits', 'units')", name=op.f("ck__authorization_number__counts_known")
        ),
        sa.CheckConstraint(
            "kind in ('authorization', 'referral')", name=op.f("ck__authorization_number__kind_known")
        ),
        sa.ForeignKeyConstraint(
            ["coverage_id"], ["coverage.id"], name=op.f("fk__authorization_number__coverage_id__coverage")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["rendering_provider.id"],
            name=op.f("fk__authorization_number__provider_id__rendering_provider"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__authorization_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq__authorization_number__public_id")),
    )
    op.create_index(
        op.f("ix__authorization_number_coverage_id"), "authorization_number", ["coverage_id"], unique=False
    )
    op.create_table(
        "patient_scan",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("coverage_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["added_by"], ["user_account.id"], name=op.f("fk__patient_scan__added_by__user_account")
        ),
        sa.ForeignKeyConstraint(
            ["coverage_id"], ["coverage.id"], name=op.f("fk__patient_scan__coverage_id__coverage")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk__patient_scan__file_id__stored_file")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk__patient_scan__patient_id__patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__patient_scan")),
        sa.UniqueConstraint("public_id", name=op.f("uq__patient_scan__public_id")),
    )
    op.create_index("ix__patient_scan__patient_id", "patient_scan", ["patient_id", "kind"], unique=False)
    op.create_index(op.f("ix__patient_scan_coverage_id"), "patient_scan", ["coverage_id"], unique=False)
    op.create_table(
        "pay_link",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("code_index", sa.LargeBinary(), nullable=False),
        sa.Column("token_index", sa.LargeBinary(), nullable=False),
        sa.Column("code_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk__pay_link__statement_id__statement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__pay_link")),
        sa.UniqueConstraint("code_index", name=op.f("uq__pay_link__code_index")),
        sa.UniqueConstraint("public_id", name=op.f("uq__pay_link__public_id")),
        sa.UniqueConstraint("token_index", name=op.f("uq__pay_link__token_index")),
    )
    op.create_index(op.f("ix__pay_link_statement_id"), "pay_link", ["statement_id"], unique=False)
    op.create_table(
        "series_change",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("rule", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind in ('book', 'extend', 'move', 'cancel')", name=op.f("ck__series_change__kind_known")
        ),
        sa.CheckConstraint(
            "scope in ('this', 'following', 'all')", name=op.f("ck__series_change__scope_known")
        ),
        sa.ForeignKeyConstraint(
            ["series_id"],
            ["appointment_series.id"],
            name=op.f("fk__series_change__series_id__appointment_series"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk__series_change__user_id__user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__series_change")),
        sa.UniqueConstraint("public_id", name=op.f("uq__series_change__public_id")),
    )
    op.create_index(op.f("ix__series_change_series_id"), "series_change", ["series_id"], unique=False)
    op.create_table(
        "appointment_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("from_status", sa.String(), nullable=False),
        sa.Column("to_status", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("from_starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("from_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("from_provider_id", sa.Integer(), nullable=True),
        sa.Column("from_room_id", sa.Integer(), nullable=True),
        sa.Column("from_device_id", sa.Integer(), nullable=True),
        sa.Column("from_overbook_reason", sa.String(), server_default="", nullable=False),
        sa.Column("from_closed_reason", sa.String(), server_default="", nullable=False),
        sa.Column("from_note", sa.String(), nullable=True),
        sa.Column("from_visit_type_id", sa.Integer(), nullable=True),
        sa.Column("from_reason", sa.String(), nullable=True),
        sa.Column("from_case_id", sa.Integer(), nullable=True),
        sa.Column("from_self_pay", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("undoes_id", sa.Integer(), nullable=True),
        sa.Column("series_change_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk__appointment_move__appointment_id__appointment"),
        ),
        sa.ForeignKeyConstraint(
            ["from_case_id"],
            ["patient_case.id"],
            name=op.f("fk__appointment_move__from_case_id__patient_case"),
        ),
        sa.ForeignKeyConstraint(
            ["from_device_id"], ["device.id"], name=op.f("fk__appointment_move__from_device_id__device")
        ),
        sa.ForeignKeyConstraint(
            ["from_provider_id"],
            ["rendering_provider.id"],
            name=op.f("fk__appointment_move__from_provider_id__rendering_provider"),
        ),
        sa.ForeignKeyConstraint(
            ["from_room_id"], ["room.id"], name=op.f("fk__appointment_move__from_room_id__room")
        ),
        sa.ForeignKeyConstraint(
            ["from_visit_type_id"],
            ["visit_type.id"],
            name=op.f("fk__appointment_move__from_visit_type_id__visit_type"),
        ),
        sa.ForeignKeyConstraint(
            ["series_change_id"],
            ["series_change.id"],
            name=op.f("fk__appointment_move__series_change_id__series_change"),
        ),
        sa.ForeignKeyConstraint(
            ["undoes_id"],
            ["appointment_move.id"],
            name=op.f("fk__appointment_move__undoes_id__appointment_move"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk__appointment_move__user_id__user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__appointment_move")),
        sa.UniqueConstraint("undoes_id", name=op.f("uq__appointment_move__undoes_id")),
    )
    op.create_index(
        op.f("ix__appointment_move_appointment_id"), "appointment_move", ["appointment_id"], unique=False
    )
    op.create_index(
        op.f("ix__appointment_move_series_change_id"), "appointment_move", ["series_change_id"], unique=False
    )
    op.create_table(
        "authorization_request",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("coverage_id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=True),
        sa.Column("provider_id", sa.Integer(), nullable=True),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("service_type", sa.String(), nullable=False),
        sa.Column("codes", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("diagnoses", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("counts", sa.String(), server_default="visits", nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("trace", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("next_step", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("authorization_id", sa.Integer(), nullable=True),
        sa.Column("question_file_id", sa.Integer(), nullable=True),
        sa.Column("answer_file_id", sa.Integer(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "category in ('HS', 'SC')", name=op.f("ck__authorization_request__category_known")
        ),
        sa.CheckConstraint(
            "counts in ('visits', 'units')", name=op.f("ck__authorization_request__counts_known")
        ),
        sa.ForeignKeyConstraint(
            ["answer_file_id"],
            ["stored_file.id"],
            name=op.f("fk__authorization_request__answer_file_id__stored_file"),
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk__authorization_request__appointment_id__appointment"),
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["user_account.id"], name=op.f("fk__authorization_request__asked_by__user_account")
        ),
        sa.ForeignKeyConstraint(
            ["authorization_id"],
            ["authorization_number.id"],
            name=op.f("fk__authorization_request__authorization_id__authorization_number"),
        ),
        sa.ForeignKeyConstraint(
            ["coverage_id"], ["coverage.id"], name=op.f("fk__authorization_request__coverage_id__coverage")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["rendering_provider.id"],
            name=op.f("fk__authorization_request__provider_id__rendering_provider"),
        ),
        sa.ForeignKeyConstraint(
            ["question_file_id"],
            ["stored_file.id"],
            name=op.f("fk__authorization_request__question_file_id__stored_file"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__authorization_request")),
        sa.UniqueConstraint("key", name=op.f("uq__authorization_request__key")),
        sa.UniqueConstraint("public_id", name=op.f("uq__authorization_request__public_id")),
        sa.UniqueConstraint("trace", name=op.f("uq__authorization_request__trace")),
    )
    op.create_index(
        "ix__authorization_request__state", "authorization_request", ["state", "asked_at"], unique=False
    )
    op.create_index(
        op.f("ix__authorization_request_answer_file_id"),
        "authorization_request",
        ["answer_file_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix__authorization_request_appointment_id"),
        "authorization_request",
        ["appointment_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix__authorization_request_authorization_id"),
        "authorization_request",
        ["authorization_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix__authorization_request_coverage_id"), "authorization_request", ["coverage_id"], unique=False
    )
    op.create_index(
        op.f("ix__authorization_request_question_file_id"),
        "authorization_request",
        ["question_file_id"],
        unique=False,
    )
    op.create_table(
        "check_in_pass",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("missing", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("passed_by", sa.Integer(), nullable=True),
        sa.Column("passed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk__check_in_pass__appointment_id__appointment"),
        ),
        sa.ForeignKeyConstraint(
            ["passed_by"], ["user_account.id"], name=op.f("fk__check_in_pass__passed_by__user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__check_in_pass")),
    )
    op.create_index(
        op.f("ix__check_in_pass_appointment_id"), "check_in_pass", ["appointment_id"], unique=False
    )
    op.create_table(
        "eligibility_check",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("coverage_id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=True),
        sa.Column("service_on", sa.Date(), nullable=False),
        sa.Column("service_types", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("trace", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("next_step", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=True),
        sa.Column("plan_name", sa.String(), nullable=False),
        sa.Column("benefits", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("question_file_id", sa.Integer(), nullable=True),
        sa.Column("answer_file_id", sa.Integer(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["answer_file_id"],
            ["stored_file.id"],
            name=op.f("fk__eligibility_check__answer_file_id__stored_file"),
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk__eligibility_check__appointment_id__appointment"),
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["user_account.id"], name=op.f("fk__eligibility_check__asked_by__user_account")
        ),
        sa.ForeignKeyConstraint(
            ["coverage_id"], ["coverage.id"], name=op.f("fk__eligibility_check__coverage_id__coverage")
        ),
        sa.ForeignKeyConstraint(
            ["question_file_id"],
            ["stored_file.id"],
            name=op.f("fk__eligibility_check__question_file_id__stored_file"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__eligibility_check")),
        sa.UniqueConstraint("public_id", name=op.f("uq__eligibility_check__public_id")),
        sa.UniqueConstraint("trace", name=op.f("uq__eligibility_check__trace")),
    )
    op.create_index(
        "ix__eligibility_check__coverage_asked",
        "eligibility_check",
        ["coverage_id", "asked_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix__eligibility_check_answer_file_id"), "eligibility_check", ["answer_file_id"], unique=False
    )
    op.create_index(
        op.f("ix__eligibility_check_appointment_id"), "eligibility_check", ["appointment_id"], unique=False
    )
    op.create_index(
        op.f("ix__eligibility_check_question_file_id"),
        "eligibility_check",
        ["question_file_id"],
        unique=False,
    )
    op.create_table(
        "encounter",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=True),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("service_on", sa.Date(), nullable=False),
        sa.Column("place_of_service", sa.String(), nullable=False),
        sa.Column("diagnoses", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("authorization_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(), server_default="visit", nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("signed_by", sa.Integer(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk__encounter__appointment_id__appointment")
        ),
        sa.ForeignKeyConstraint(
            ["authorization_id"],
            ["authorization_number.id"],
            name=op.f("fk__encounter__authorization_id__authorization_number"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk__encounter__patient_id__patient")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["rendering_provider.id"],
            name=op.f("fk__encounter__provider_id__rendering_provider"),
        ),
        sa.ForeignKeyConstraint(
            ["signed_by"], ["user_account.id"], name=op.f("fk__encounter__signed_by__user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__encounter")),
        sa.UniqueConstraint("appointment_id", name=op.f("uq__encounter__appointment_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq__encounter__public_id")),
    )
    op.create_index("ix__encounter__state_service_on", "encounter", ["state", "service_on"], unique=False)
    op.create_index(op.f("ix__encounter_patient_id"), "encounter", ["patient_id"], unique=False)
    op.create_table(
        "inbound_message",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("outside_id", sa.String(), nullable=False),
        sa.Column("from_index", sa.LargeBinary(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=True),
        sa.Column("appointment_id", sa.Integer(), nullable=True),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("meaning", sa.String(), nullable=False),
        sa.Column("came_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk__inbound_message__appointment_id__appointment"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk__inbound_message__patient_id__patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__inbound_message")),
        sa.UniqueConstraint("outside_id", name=op.f("uq__inbound_message__outside_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq__inbound_message__public_id")),
    )
    op.create_index(op.f("ix__inbound_message_from_index"), "inbound_message", ["from_index"], unique=False)
    op.create_index(op.f("ix__inbound_message_patient_id"), "inbound_message", ["patient_id"], unique=False)
    op.create_table(
        "left_unscheduled",
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk__left_unscheduled__appointment_id__appointment"),
        ),
        sa.ForeignKeyConstraint(
            ["left_by"], ["user_account.id"], name=op.f("fk__left_unscheduled__left_by__user_account")
        ),
        sa.PrimaryKeyConstraint("appointment_id", name=op.f("pk__left_unscheduled")),
    )
    op.create_table(
        "message",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("guarantor_id", sa.Integer(), nullable=True),
        sa.Column("patient_id", sa.Integer(), nullable=True),
        sa.Column("appointment_id", sa.Integer(), nullable=True),
        sa.Column("for_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("to_index", sa.LargeBinary(), nullable=True),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("outside_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("channel in ('email', 'sms')", name=op.f("ck__message__channel_known")),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk__message__appointment_id__appointment")
        ),
        sa.ForeignKeyConstraint(
            ["guarantor_id"], ["guarantor.id"], name=op.f("fk__message__guarantor_id__guarantor")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk__message__patient_id__patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__message")),
        sa.UniqueConstraint("key", name=op.f("uq__message__key")),
        sa.UniqueConstraint("outside_id", name=op.f("uq__message__outside_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq__message__public_id")),
    )
    op.create_index("ix__message__to_index_created_at", "message", ["to_index", "created_at"], unique=False)
    op.create_index(op.f("ix__message_appointment_id"), "message", ["appointment_id"], unique=False)
    op.create_index(op.f("ix__message_created_at"), "message", ["created_at"], unique=False)
    op.create_index(op.f("ix__message_patient_id"), "message", ["patient_id"], unique=False)
    op.create_table(
        "online_request",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("visit_type_id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("says_new", sa.Boolean(), nullable=False),
        sa.Column("hold_id", sa.Integer(), nullable=True),
        sa.Column("appointment_id", sa.Integer(), nullable=True),
        sa.Column("patient_id", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("contact_index", sa.LargeBinary(), nullable=False),
        sa.Column("agreed_sms", sa.Boolean(), nullable=False),
        sa.Column("agreed_email", sa.Boolean(), nullable=False),
        sa.Column("typed_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("code_index", sa.LargeBinary(), nullable=True),
        sa.Column("code_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("codes_sent", sa.Integer(), nullable=False),
        sa.Column("wrong_codes", sa.Integer(), nullable=False),
        sa.Column("token_index", sa.LargeBinary(), nullable=True),
        sa.Column("wants_move", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("channel in ('email', 'sms')", name=op.f("ck__online_request__channel_known")),
        sa.CheckConstraint(
            "state in ('typing', 'requested', 'booked', 'declined', 'withdrawn', 'lapsed')",
            name=op.f("ck__online_request__state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk__online_request__appointment_id__appointment"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["user_account.id"], name=op.f("fk__online_request__decided_by__user_account")
        ),
        sa.ForeignKeyConstraint(
            ["hold_id"],
            ["appointment.id"],
            name=op.f("fk__online_request__hold_id__appointment"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk__online_request__patient_id__patient")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["rendering_provider.id"],
            name=op.f("fk__online_request__provider_id__rendering_provider"),
        ),
        sa.ForeignKeyConstraint(
            ["visit_type_id"], ["visit_type.id"], name=op.f("fk__online_request__visit_type_id__visit_type")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__online_request")),
        sa.UniqueConstraint("key", name=op.f("uq__online_request__key")),
        sa.UniqueConstraint("public_id", name=op.f("uq__online_request__public_id")),
        sa.UniqueConstraint("token_index", name=op.f("uq__online_request__token_index")),
    )
    op.create_index(
        "ix__online_request__waiting",
        "online_request",
        ["verified_at"],
        unique=False,
        postgresql_where="state = 'requested'",
    )
    op.create_index(
        op.f("ix__online_request_appointment_id"), "online_request", ["appointment_id"], unique=False
    )
    op.create_index(
        op.f("ix__online_request_contact_index"), "online_request", ["contact_index"], unique=False
    )
    op.create_index(op.f("ix__online_request_hold_id"), "online_request", ["hold_id"], unique=False)
    op.create_index(op.f("ix__online_request_patient_id"), "online_request", ["patient_id"], unique=False)
    op.create_table(
        "pinned_visit",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("pinned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk__pinned_visit__appointment_id__appointment")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk__pinned_visit__user_id__user_account")
        ),
        sa.PrimaryKeyConstraint("user_id", "appointment_id", name=op.f("pk__pinned_visit")),
    )
    op.create_index("ix__pinned_visit__appointment_id", "pinned_visit", ["appointment_id"], unique=False)
    op.create_table(
        "receipt",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("guarantor_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=True),
        sa.Column("appointment_id", sa.Integer(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by", sa.Integer(), nullable=True),
        sa.Column("drawer_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk__receipt__appointment_id__appointment")
        ),
        sa.ForeignKeyConstraint(["drawer_id"], ["drawer.id"], name=op.f("fk__receipt__drawer_id__drawer")),
        sa.ForeignKeyConstraint(
            ["guarantor_id"], ["guarantor.id"], name=op.f("fk__receipt__guarantor_id__guarantor")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk__receipt__patient_id__patient")
        ),
        sa.ForeignKeyConstraint(
            ["received_by"], ["user_account.id"], name=op.f("fk__receipt__received_by__user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__receipt")),
        sa.UniqueConstraint("number", name=op.f("uq__receipt__number")),
        sa.UniqueConstraint("public_id", name=op.f("uq__receipt__public_id")),
    )
    op.create_index("ix__receipt__received_on", "receipt", ["received_on"], unique=False)
    op.create_index(op.f("ix__receipt_appointment_id"), "receipt", ["appointment_id"], unique=False)
    op.create_index(op.f("ix__receipt_drawer_id"), "receipt", ["drawer_id"], unique=False)
    op.create_index(op.f("ix__receipt_guarantor_id"), "receipt", ["guarantor_id"], unique=False)
    op.create_index(op.f("ix__receipt_patient_id"), "receipt", ["patient_id"], unique=False)
    op.create_table(
        "task",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sentence", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=True),
        sa.Column("appointment_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state in ('open', 'done')", name=op.f("ck__task__state_known")),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk__task__appointment_id__appointment")
        ),
        sa.ForeignKeyConstraint(
            ["done_by"], ["user_account.id"], name=op.f("fk__task__done_by__user_account")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk__task__patient_id__patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__task")),
        sa.UniqueConstraint("key", name=op.f("uq__task__key")),
        sa.UniqueConstraint("public_id", name=op.f("uq__task__public_id")),
    )
    op.create_index(
        "ix__task__open", "task", ["role", "due_on"], unique=False, postgresql_where="state = 'open'"
    )
    op.create_index(op.f("ix__task_appointment_id"), "task", ["appointment_id"], unique=False)
    op.create_index(op.f("ix__task_patient_id"), "task", ["patient_id"], unique=False)
    op.create_table(
        "visit_link",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_index", sa.LargeBinary(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("for_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk__visit_link__appointment_id__appointment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__visit_link")),
        sa.UniqueConstraint("public_id", name=op.f("uq__visit_link__public_id")),
        sa.UniqueConstraint("token_index", name=op.f("uq__visit_link__token_index")),
    )
    op.create_index(op.f("ix__visit_link_appointment_id"), "visit_link", ["appointment_id"], unique=False)
    op.create_table(
        "wait_entry",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("visit_type_id", sa.Integer(), nullable=False),
        sa.Column("provider_ids", postgresql.ARRAY(sa.Integer()), server_default="{}", nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.Column("windows", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("notice_hours", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("moves_id", sa.Integer(), nullable=True),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=False),
        sa.Column("booked_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state in ('open', 'booked', 'removed', 'expired')", name=op.f("ck__wait_entry__state_known")
        ),
        sa.CheckConstraint("priority between 1 and 3", name=op.f("ck__wait_entry__priority_known")),
        sa.ForeignKeyConstraint(
            ["added_by"], ["user_account.id"], name=op.f("fk__wait_entry__added_by__user_account")
        ),
        sa.ForeignKeyConstraint(
            ["booked_id"], ["appointment.id"], name=op.f("fk__wait_entry__booked_id__appointment")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["user_account.id"], name=op.f("fk__wait_entry__ended_by__user_account")
        ),
        sa.ForeignKeyConstraint(
            ["moves_id"], ["appointment.id"], name=op.f("fk__wait_entry__moves_id__appointment")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk__wait_entry__patient_id__patient")
        ),
        sa.ForeignKeyConstraint(
            ["visit_type_id"], ["visit_type.id"], name=op.f("fk__wait_entry__visit_type_id__visit_type")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__wait_entry")),
        sa.UniqueConstraint("key", name=op.f("uq__wait_entry__key")),
        sa.UniqueConstraint("public_id", name=op.f("uq__wait_entry__public_id")),
    )
    op.create_index(
        "ix__wait_entry__open",
        "wait_entry",
        ["priority", "added_at"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(op.f("ix__wait_entry_patient_id"), "wait_entry", ["patient_id"], unique=False)
    op.create_table(
        "card_payment",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("guarantor_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("checkout_id", sa.String(), nullable=True),
        sa.Column("payment_intent", sa.String(), nullable=False),
        sa.Column("receipt_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["guarantor_id"], ["guarantor.id"], name=op.f("fk__card_payment__guarantor_id__guarantor")
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["receipt.id"], name=op.f("fk__card_payment__receipt_id__receipt")
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk__card_payment__statement_id__statement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__card_payment")),
        sa.UniqueConstraint("checkout_id", name=op.f("uq__card_payment__checkout_id")),
        sa.UniqueConstraint("key", name=op.f("uq__card_payment__key")),
        sa.UniqueConstraint("public_id", name=op.f("uq__card_payment__public_id")),
    )
    op.create_index(op.f("ix__card_payment_statement_id"), "card_payment", ["statement_id"], unique=False)
    op.create_table(
        "charge",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("encounter_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("modifiers", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("pointers", sa.String(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "amount >= 0 and fee >= 0 and units > 0", name=op.f("ck__charge__amounts_positive")
        ),
        sa.ForeignKeyConstraint(
            ["encounter_id"], ["encounter.id"], name=op.f("fk__charge__encounter_id__encounter")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__charge")),
        sa.UniqueConstraint("encounter_id", "position", name=op.f("uq__charge__encounter_id_position")),
        sa.UniqueConstraint("public_id", name=op.f("uq__charge__public_id")),
    )
    op.create_table(
        "claim",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("control_number", sa.String(), nullable=False),
        sa.Column("encounter_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("coverage_id", sa.Integer(), nullable=False),
        sa.Column("payer_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("frequency", sa.String(), nullable=False),
        sa.Column("payer_claim_number", sa.String(), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("authorization_id", sa.Integer(), nullable=True),
        sa.Column("service_on", sa.Date(), nullable=False),
        sa.Column("amount_billed", sa.BigInteger(), nullable=False),
        sa.Column("filing_due_on", sa.Date(), nullable=False),
        sa.Column("hold_reason", sa.String(), nullable=False),
        sa.Column("held_until", sa.Date(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("next_action", sa.String(), nullable=False),
        sa.Column("next_action_on", sa.Date(), nullable=True),
        sa.Column("clean_first_time", sa.Boolean(), nullable=True),
        sa.Column("first_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("adjudicated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["authorization_id"],
            ["authorization_number.id"],
            name=op.f("fk__claim__authorization_id__authorization_number"),
        ),
        sa.ForeignKeyConstraint(
            ["coverage_id"], ["coverage.id"], name=op.f("fk__claim__coverage_id__coverage")
        ),
        sa.ForeignKeyConstraint(
            ["encounter_id"], ["encounter.id"], name=op.f("fk__claim__encounter_id__encounter")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["user_account.id"], name=op.f("fk__claim__owner_id__user_account")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk__claim__patient_id__patient")),
        sa.ForeignKeyConstraint(["payer_id"], ["payer.id"], name=op.f("fk__claim__payer_id__payer")),
        sa.ForeignKeyConstraint(["replaces_id"], ["claim.id"], name=op.f("fk__claim__replaces_id__claim")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__claim")),
        sa.UniqueConstraint("control_number", name=op.f("uq__claim__control_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq__claim__public_id")),
    )
    op.create_index("ix__claim__patient_id", "claim", ["patient_id"], unique=False)
    op.create_index("ix__claim__payer_claim_number", "claim", ["payer_claim_number"], unique=False)
    op.create_index("ix__claim__state", "claim", ["state"], unique=False)
    op.create_index(op.f("ix__claim_encounter_id"), "claim", ["encounter_id"], unique=False)
    op.create_index(op.f("ix__claim_payer_id"), "claim", ["payer_id"], unique=False)
    op.create_table(
        "estimate",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("coverage_id", sa.Integer(), nullable=True),
        sa.Column("payer_id", sa.Integer(), nullable=True),
        sa.Column("check_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("service_on", sa.Date(), nullable=False),
        sa.Column("diagnoses", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("elsewhere", sa.String(), nullable=False),
        sa.Column("charge", sa.BigInteger(), nullable=False),
        sa.Column("allowed", sa.BigInteger(), nullable=False),
        sa.Column("low", sa.BigInteger(), nullable=False),
        sa.Column("expected", sa.BigInteger(), nullable=False),
        sa.Column("high", sa.BigInteger(), nullable=False),
        sa.Column("qmb", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "0 <= low and low <= expected and expected <= high and high <= charge",
            name=op.f("ck__estimate__amounts_in_order"),
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk__estimate__appointment_id__appointment")
        ),
        sa.ForeignKeyConstraint(
            ["check_id"], ["eligibility_check.id"], name=op.f("fk__estimate__check_id__eligibility_check")
        ),
        sa.ForeignKeyConstraint(
            ["coverage_id"], ["coverage.id"], name=op.f("fk__estimate__coverage_id__coverage")
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["user_account.id"], name=op.f("fk__estimate__made_by__user_account")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk__estimate__patient_id__patient")
        ),
        sa.ForeignKeyConstraint(["payer_id"], ["payer.id"], name=op.f("fk__estimate__payer_id__payer")),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["rendering_provider.id"],
            name=op.f("fk__estimate__provider_id__rendering_provider"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__estimate")),
        sa.UniqueConstraint("appointment_id", "edition", name=op.f("uq__estimate__appointment_id_edition")),
        sa.UniqueConstraint("key", name=op.f("uq__estimate__key")),
        sa.UniqueConstraint("public_id", name=op.f("uq__estimate__public_id")),
    )
    op.create_index(op.f("ix__estimate_patient_id"), "estimate", ["patient_id"], unique=False)
    op.create_table(
        "missed_visit_fee",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("missed_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("encounter_id", sa.Integer(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk__missed_visit_fee__appointment_id__appointment"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["user_account.id"], name=op.f("fk__missed_visit_fee__decided_by__user_account")
        ),
        sa.ForeignKeyConstraint(
            ["encounter_id"], ["encounter.id"], name=op.f("fk__missed_visit_fee__encounter_id__encounter")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk__missed_visit_fee__patient_id__patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__missed_visit_fee")),
        sa.UniqueConstraint("public_id", name=op.f("uq__missed_visit_fee__public_id")),
    )
    op.create_index(
        "ix__missed_visit_fee__patient_id", "missed_visit_fee", ["patient_id", "missed_on"], unique=False
    )
    op.create_index(
        "uq__missed_visit_fee__standing",
        "missed_visit_fee",
        ["appointment_id"],
        unique=True,
        postgresql_where="state <> 'taken_back'",
    )
    op.create_table(
        "opened_place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("move_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["move_id"], ["appointment_move.id"], name=op.f("fk__opened_place__move_id__appointment_move")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["rendering_provider.id"],
            name=op.f("fk__opened_place__provider_id__rendering_provider"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__opened_place")),
        sa.UniqueConstraint("move_id", name=op.f("uq__opened_place__move_id")),
    )
    op.create_table(
        "unapplied_item",
        sa.Column("receipt_id", sa.Integer(), nullable=False),
        sa.Column("guarantor_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["guarantor_id"], ["guarantor.id"], name=op.f("fk__unapplied_item__guarantor_id__guarantor")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk__unapplied_item__patient_id__patient")
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["receipt.id"], name=op.f("fk__unapplied_item__receipt_id__receipt")
        ),
        sa.PrimaryKeyConstraint("receipt_id", name=op.f("pk__unapplied_item")),
    )
    op.create_index(
        "ix__unapplied_item__open",
        "unapplied_item",
        ["receipt_id"],
        unique=False,
        postgresql_where="amount <> 0",
    )
    op.create_index(op.f("ix__unapplied_item_guarantor_id"), "unapplied_item", ["guarantor_id"], unique=False)
    op.create_table(
        "claim_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("raw", sa.String(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk__claim_event__claim_id__claim")),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk__claim_event__file_id__stored_file")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk__claim_event__user_id__user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__claim_event")),
    )
    op.create_index("ix__claim_event__claim_id_at", "claim_event", ["claim_id", "at"], unique=False)
    op.create_index(op.f("ix__claim_event_file_id"), "claim_event", ["file_id"], unique=False)
    op.create_table(
        "claim_finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("edit", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("fix", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk__claim_finding__claim_id__claim")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__claim_finding")),
    )
    op.create_index(op.f("ix__claim_finding_claim_id"), "claim_finding", ["claim_id"], unique=False)
    op.create_table(
        "claim_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("charge_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("control_number", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["charge_id"], ["charge.id"], name=op.f("fk__claim_line__charge_id__charge")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk__claim_line__claim_id__claim")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__claim_line")),
        sa.UniqueConstraint("claim_id", "position", name=op.f("uq__claim_line__claim_id_position")),
        sa.UniqueConstraint("control_number", name=op.f("uq__claim_line__control_number")),
    )
    op.create_index(op.f("ix__claim_line_charge_id"), "claim_line", ["charge_id"], unique=False)
    op.create_table(
        "claim_payment",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("remittance_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("segment_position", sa.Integer(), nullable=False),
        sa.Column("control_number", sa.String(), nullable=False),
        sa.Column("status_code", sa.String(), nullable=False),
        sa.Column("amount_billed", sa.BigInteger(), nullable=False),
        sa.Column("amount_paid", sa.BigInteger(), nullable=False),
        sa.Column("patient_responsibility", sa.BigInteger(), nullable=False),
        sa.Column("payer_claim_number", sa.String(), nullable=False),
        sa.Column("patient_last_name", sa.String(), nullable=False),
        sa.Column("patient_first_name", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("service_on", sa.Date(), nullable=True),
        sa.Column("crossover", sa.String(), nullable=False),
        sa.Column("remark_codes", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=True),
        sa.Column("matched_by", sa.String(), nullable=False),
        sa.Column("reverses_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("raw", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk__claim_payment__claim_id__claim")),
        sa.ForeignKeyConstraint(
            ["remittance_id"], ["remittance.id"], name=op.f("fk__claim_payment__remittance_id__remittance")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["claim_payment.id"], name=op.f("fk__claim_payment__reverses_id__claim_payment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__claim_payment")),
        sa.UniqueConstraint("public_id", name=op.f("uq__claim_payment__public_id")),
    )
    op.create_index("ix__claim_payment__state", "claim_payment", ["state"], unique=False)
    op.create_index(op.f("ix__claim_payment_claim_id"), "claim_payment", ["claim_id"], unique=False)
    op.create_index(op.f("ix__claim_payment_remittance_id"), "claim_payment", ["remittance_id"], unique=False)
    op.create_table(
        "denial",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("charge_id", sa.Integer(), nullable=True),
        sa.Column("claim_payment_id", sa.Integer(), nullable=True),
        sa.Column("group_code", sa.String(), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=False),
        sa.Column("remark_codes", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["charge_id"], ["charge.id"], name=op.f("fk__denial__charge_id__charge")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk__denial__claim_id__claim")),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["user_account.id"], name=op.f("fk__denial__owner_id__user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__denial")),
        sa.UniqueConstraint("public_id", name=op.f("uq__denial__public_id")),
    )
    op.create_index("ix__denial__state", "denial", ["state"], unique=False)
    op.create_index(op.f("ix__denial_charge_id"), "denial", ["charge_id"], unique=False)
    op.create_index(op.f("ix__denial_claim_id"), "denial", ["claim_id"], unique=False)
    op.create_table(
        "estimate_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("estimate_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("modifiers", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("charge", sa.BigInteger(), nullable=False),
        sa.Column("allowed", sa.BigInteger(), nullable=False),
        sa.Column("share", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_words", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["estimate_id"], ["estimate.id"], name=op.f("fk__estimate_line__estimate_id__estimate")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__estimate_line")),
        sa.UniqueConstraint("estimate_id", "position", name=op.f("uq__estimate_line__estimate_id_position")),
    )
    op.create_table(
        "estimate_outcome",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("estimate_id", sa.Integer(), nullable=False),
        sa.Column("remittance_id", sa.Integer(), nullable=True),
        sa.Column("expected", sa.BigInteger(), nullable=False),
        sa.Column("actual", sa.BigInteger(), nullable=False),
        sa.Column("same_services", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["estimate_id"], ["estimate.id"], name=op.f("fk__estimate_outcome__estimate_id__estimate")
        ),
        sa.ForeignKeyConstraint(
            ["remittance_id"], ["remittance.id"], name=op.f("fk__estimate_outcome__remittance_id__remittance")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__estimate_outcome")),
    )
    op.create_index("ix__estimate_outcome__recorded_at", "estimate_outcome", ["recorded_at"], unique=False)
    op.create_index(
        op.f("ix__estimate_outcome_estimate_id"), "estimate_outcome", ["estimate_id"], unique=False
    )
    op.create_table(
        "good_faith_step",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("estimate_id", sa.Integer(), nullable=True),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk__good_faith_step__appointment_id__appointment"),
        ),
        sa.ForeignKeyConstraint(
            ["estimate_id"], ["estimate.id"], name=op.f("fk__good_faith_step__estimate_id__estimate")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk__good_faith_step__file_id__stored_file")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk__good_faith_step__user_id__user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__good_faith_step")),
        sa.UniqueConstraint("key", name=op.f("uq__good_faith_step__key")),
        sa.UniqueConstraint("public_id", name=op.f("uq__good_faith_step__public_id")),
    )
    op.create_index(
        "ix__good_faith_step__appointment_id", "good_faith_step", ["appointment_id"], unique=False
    )
    op.create_index(op.f("ix__good_faith_step_file_id"), "good_faith_step", ["file_id"], unique=False)
    op.create_table(
        "open_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("charge_id", sa.Integer(), nullable=False),
        sa.Column("bucket", sa.String(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("guarantor_id", sa.Integer(), nullable=False),
        sa.Column("payer_id", sa.Integer(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("service_on", sa.Date(), nullable=False),
        sa.Column("responsible_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["charge_id"], ["charge.id"], name=op.f("fk__open_item__charge_id__charge")),
        sa.ForeignKeyConstraint(
            ["guarantor_id"], ["guarantor.id"], name=op.f("fk__open_item__guarantor_id__guarantor")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk__open_item__patient_id__patient")
        ),
        sa.ForeignKeyConstraint(["payer_id"], ["payer.id"], name=op.f("fk__open_item__payer_id__payer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__open_item")),
        sa.UniqueConstraint("charge_id", "bucket", name=op.f("uq__open_item__charge_id_bucket")),
    )
    op.create_index(
        "ix__open_item__guarantor_id",
        "open_item",
        ["guarantor_id"],
        unique=False,
        postgresql_where="amount <> 0",
    )
    op.create_index(
        "ix__open_item__open",
        "open_item",
        ["bucket", "service_on"],
        unique=False,
        postgresql_where="amount <> 0",
    )
    op.create_index(
        "ix__open_item__patient_id",
        "open_item",
        ["patient_id"],
        unique=False,
        postgresql_where="amount <> 0",
        postgresql_include=["bucket", "payer_id", "amount", "service_on", "responsible_on"],
    )
    op.create_table(
        "submitted_claim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("set_number", sa.String(), nullable=False),
        sa.Column("control_number", sa.String(), nullable=False),
        sa.Column("frequency", sa.String(), nullable=False),
        sa.Column("ruleset", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claim.id"], name=op.f("fk__submitted_claim__claim_id__claim")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk__submitted_claim__submission_id__submission")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__submitted_claim")),
        sa.UniqueConstraint(
            "submission_id", "claim_id", name=op.f("uq__submitted_claim__submission_id_claim_id")
        ),
    )
    op.create_index(op.f("ix__submitted_claim_claim_id"), "submitted_claim", ["claim_id"], unique=False)
    op.create_index(
        op.f("ix__submitted_claim_control_number"), "submitted_claim", ["control_number"], unique=False
    )
    op.create_table(
        "wait_offer",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hold_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("token_index", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("send_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=False),
        sa.Column("booked_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state in ('held', 'open', 'accepted', 'declined', 'expired', 'withdrawn')",
            name=op.f("ck__wait_offer__state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["booked_id"], ["appointment.id"], name=op.f("fk__wait_offer__booked_id__appointment")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["wait_entry.id"], name=op.f("fk__wait_offer__entry_id__wait_entry")
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["opened_place.id"], name=op.f("fk__wait_offer__place_id__opened_place")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["rendering_provider.id"],
            name=op.f("fk__wait_offer__provider_id__rendering_provider"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__wait_offer")),
        sa.UniqueConstraint("public_id", name=op.f("uq__wait_offer__public_id")),
        sa.UniqueConstraint("token_index", name=op.f("uq__wait_offer__token_index")),
    )
    op.create_index(op.f("ix__wait_offer_entry_id"), "wait_offer", ["entry_id"], unique=False)
    op.create_index(op.f("ix__wait_offer_expires_at"), "wait_offer", ["expires_at"], unique=False)
    op.create_index(op.f("ix__wait_offer_place_id"), "wait_offer", ["place_id"], unique=False)
    op.create_index(
        "uq__wait_offer__entry",
        "wait_offer",
        ["entry_id"],
        unique=True,
        postgresql_where=sa.text("state in ('held', 'open')"),
    )
    op.create_index(
        "uq__wait_offer__place",
        "wait_offer",
        ["place_id"],
        unique=True,
        postgresql_where=sa.text("state in ('held', 'open')"),
    )
    op.create_table(
        "journal_entry",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "charge",
                "patient_receipt",
                "application",
                "insurance_payment",
                "provider_adjustment",
                "transfer",
                "write_off",
                "refund",
                "reversal",
                name="entrykind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("patient_id", sa.Integer(), nullable=True),
        sa.Column("guarantor_id", sa.Integer(), nullable=True),
        sa.Column("remittance_id", sa.Integer(), nullable=True),
        sa.Column("claim_payment_id", sa.Integer(), nullable=True),
        sa.Column("receipt_id", sa.Integer(), nullable=True),
        sa.Column("service_on", sa.Date(), nullable=True),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("deposited_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("memo", sa.String(), nullable=False),
        sa.Column("cause", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reverses_id", sa.BigInteger(), nullable=True),
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.Column("written_in", XID8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_payment_id"],
            ["claim_payment.id"],
            name=op.f("fk__journal_entry__claim_payment_id__claim_payment"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user_account.id"], name=op.f("fk__journal_entry__created_by__user_account")
        ),
        sa.ForeignKeyConstraint(
            ["guarantor_id"], ["guarantor.id"], name=op.f("fk__journal_entry__guarantor_id__guarantor")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk__journal_entry__patient_id__patient")
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["receipt.id"], name=op.f("fk__journal_entry__receipt_id__receipt")
        ),
        sa.ForeignKeyConstraint(
            ["remittance_id"], ["remittance.id"], name=op.f("fk__journal_entry__remittance_id__remittance")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["journal_entry.id"], name=op.f("fk__journal_entry__reverses_id__journal_entry")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__journal_entry")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq__journal_entry__idempotency_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq__journal_entry__public_id")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq__journal_entry__reverses_id")),
    )
    op.create_index("ix__journal_entry__patient_id", "journal_entry", ["patient_id", "id"], unique=False)
    op.create_index("ix__journal_entry__posted_on", "journal_entry", ["posted_on"], unique=False)
    op.create_index("ix__journal_entry__remittance_id", "journal_entry", ["remittance_id"], unique=False)
    op.create_index(
        op.f("ix__journal_entry_claim_payment_id"), "journal_entry", ["claim_payment_id"], unique=False
    )
    op.create_index(op.f("ix__journal_entry_receipt_id"), "journal_entry", ["receipt_id"], unique=False)
    op.create_table(
        "service_payment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_payment_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("charge_id", sa.Integer(), nullable=True),
        sa.Column("matched_by", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("modifiers", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("billed_code", sa.String(), nullable=False),
        sa.Column("billed_modifiers", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("segment_position", sa.Integer(), nullable=False),
        sa.Column("control_number", sa.String(), nullable=False),
        sa.Column("units", sa.Numeric(), nullable=True),
        sa.Column("amount_billed", sa.BigInteger(), nullable=False),
        sa.Column("amount_paid", sa.BigInteger(), nullable=False),
        sa.Column("amount_allowed", sa.BigInteger(), nullable=False),
        sa.Column("service_on", sa.Date(), nullable=True),
        sa.Column("remark_codes", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("denied", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["charge_id"], ["charge.id"], name=op.f("fk__service_payment__charge_id__charge")
        ),
        sa.ForeignKeyConstraint(
            ["claim_payment_id"],
            ["claim_payment.id"],
            name=op.f("fk__service_payment__claim_payment_id__claim_payment"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__service_payment")),
    )
    op.create_index(
        op.f("ix__service_payment_claim_payment_id"), "service_payment", ["claim_payment_id"], unique=False
    )
    op.create_table(
        "posting",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "account",
            sa.Enum(
                "patient_receivable",
                "insurance_receivable",
                "cash",
                "unapplied_patient",
                "unapplied_insurance",
                "recoupment_receivable",
                "suspense",
                "revenue",
                "contractual",
                "write_off",
                "denial_write_off",
                "interest_income",
                "payer_adjustment",
                name="account",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("charge_id", sa.Integer(), nullable=True),
        sa.Column("payer_id", sa.Integer(), nullable=True),
        sa.Column("receipt_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["charge_id"], ["charge.id"], name=op.f("fk__posting__charge_id__charge")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["journal_entry.id"], name=op.f("fk__posting__entry_id__journal_entry")
        ),
        sa.ForeignKeyConstraint(["payer_id"], ["payer.id"], name=op.f("fk__posting__payer_id__payer")),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["receipt.id"], name=op.f("fk__posting__receipt_id__receipt")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__posting")),
    )
    op.create_index("ix__posting__account", "posting", ["account"], unique=False)
    op.create_index("ix__posting__charge_id", "posting", ["charge_id"], unique=False)
    op.create_index("ix__posting__entry_id", "posting", ["entry_id"], unique=False)
    op.create_index(op.f("ix__posting_receipt_id"), "posting", ["receipt_id"], unique=False)
    op.create_table(
        "remittance_adjustment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_payment_id", sa.Integer(), nullable=False),
        sa.Column("service_payment_id", sa.Integer(), nullable=True),
        sa.Column("group_code", sa.String(), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_payment_id"],
            ["claim_payment.id"],
            name=op.f("fk__remittance_adjustment__claim_payment_id__claim_payment"),
        ),
        sa.ForeignKeyConstraint(
            ["service_payment_id"],
            ["service_payment.id"],
            name=op.f("fk__remittance_adjustment__service_payment_id__service_payment"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__remittance_adjustment")),
    )
    op.create_index(
        op.f("ix__remittance_adjustment_claim_payment_id"),
        "remittance_adjustment",
        ["claim_payment_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix__remittance_adjustment_service_payment_id"),
        "remittance_adjustment",
        ["service_payment_id"],
        unique=False,
    )
    op.execute(sa.text(FUNCTIONS.replace(":=", r"\:=")))
    for rule in RULES:
        op.execute(sa.text(rule.create.replace("::", r"\:\:")))
    inspector = sa.inspect(op.get_bind())
    columns = {
        table: [column["name"] for column in inspector.get_columns(table)]
        for table in inspector.get_table_names()
    }
    for statement in rights(columns):
        op.execute(sa.text(statement))


def downgrade() -> None:
    for rule in reversed(RULES):
        op.execute(sa.text(rule.drop))
    op.execute(sa.text(DROP_FUNCTIONS))
    op.execute(sa.text(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {APPLICATION_ROLE}"))
    op.drop_index(op.f("ix__remittance_adjustment_service_payment_id"), table_name="remittance_adjustment")
    op.drop_index(op.f("ix__remittance_adjustment_claim_payment_id"), table_name="remittance_adjustment")
    op.drop_table("remittance_adjustment")
    op.drop_index(op.f("ix__posting_receipt_id"), table_name="posting")
    op.drop_index("ix__posting__entry_id", table_name="posting")
    op.drop_index("ix__posting__charge_id", table_name="posting")
    op.drop_index("ix__posting__account", table_name="posting")
    op.drop_table("posting")
    op.drop_index(op.f("ix__service_payment_claim_payment_id"), table_name="service_payment")
    op.drop_table("service_payment")
    op.drop_index(op.f("ix__journal_entry_receipt_id"), table_name="journal_entry")
    op.drop_index(op.f("ix__journal_entry_claim_payment_id"), table_name="journal_entry")
    op.drop_index("ix__journal_entry__remittance_id", table_name="journal_entry")
    op.drop_index("ix__journal_entry__posted_on", table_name="journal_entry")
    op.drop_index("ix__journal_entry__patient_id", table_name="journal_entry")
    op.drop_table("journal_entry")
    op.drop_index(
        "uq__wait_offer__place",
        table_name="wait_offer",
        postgresql_where=sa.text("state in ('held', 'open')"),
    )
    op.drop_index(
        "uq__wait_offer__entry",
        table_name="wait_offer",
        postgresql_where=sa.text("state in ('held', 'open')"),
    )
    op.drop_index(op.f("ix__wait_offer_place_id"), table_name="wait_offer")
    op.drop_index(op.f("ix__wait_offer_expires_at"), table_name="wait_offer")
    op.drop_index(op.f("ix__wait_offer_entry_id"), table_name="wait_offer")
    op.drop_table("wait_offer")
    op.drop_index(op.f("ix__submitted_claim_control_number"), table_name="submitted_claim")
    op.drop_index(op.f("ix__submitted_claim_claim_id"), table_name="submitted_claim")
    op.drop_table("submitted_claim")
    op.drop_index(
        "ix__open_item__patient_id",
        table_name="open_item",
        postgresql_where="amount <> 0",
        postgresql_include=["bucket", "payer_id", "amount", "service_on", "responsible_on"],
    )
    op.drop_index("ix__open_item__open", table_name="open_item", postgresql_where="amount <> 0")
    op.drop_index("ix__open_item__guarantor_id", table_name="open_item", postgresql_where="amount <> 0")
    op.drop_table("open_item")
    op.drop_index(op.f("ix__good_faith_step_file_id"), table_name="good_faith_step")
    op.drop_index("ix__good_faith_step__appointment_id", table_name="good_faith_step")
    op.drop_table("good_faith_step")
    op.drop_index(op.f("ix__estimate_outcome_estimate_id"), table_name="estimate_outcome")
    op.drop_index("ix__estimate_outcome__recorded_at", table_name="estimate_outcome")
    op.drop_table("estimate_outcome")
    op.drop_table("estimate_line")
    op.drop_index(op.f("ix__denial_claim_id"), table_name="denial")
    op.drop_index(op.f("ix__denial_charge_id"), table_name="denial")
    op.drop_index("ix__denial__state", table_name="denial")
    op.drop_table("denial")
    op.drop_index(op.f("ix__claim_payment_remittance_id"), table_name="claim_payment")
    op.drop_index(op.f("ix__claim_payment_claim_id"), table_name="claim_payment")
    op.drop_index("ix__claim_payment__state", table_name="claim_payment")
    op.drop_table("claim_payment")
    op.drop_index(op.f("ix__claim_line_charge_id"), table_name="claim_line")
    op.drop_table("claim_line")
    op.drop_index(op.f("ix__claim_finding_claim_id"), table_name="claim_finding")
    op.drop_table("claim_finding")
    op.drop_index(op.f("ix__claim_event_file_id"), table_name="claim_event")
    op.drop_index("ix__claim_event__claim_id_at", table_name="claim_event")
    op.drop_table("claim_event")
    op.drop_index(op.f("ix__unapplied_item_guarantor_id"), table_name="unapplied_item")
    op.drop_index("ix__unapplied_item__open", table_name="unapplied_item", postgresql_where="amount <> 0")
    op.drop_table("unapplied_item")
    op.drop_table("opened_place")
    op.drop_index(
        "uq__missed_visit_fee__standing",
        table_name="missed_visit_fee",
        postgresql_where="state <> 'taken_back'",
    )
    op.drop_index("ix__missed_visit_fee__patient_id", table_name="missed_visit_fee")
    op.drop_table("missed_visit_fee")
    op.drop_index(op.f("ix__estimate_patient_id"), table_name="estimate")
    op.drop_table("estimate")
    op.drop_index(op.f("ix__claim_payer_id"), table_name="claim")
    op.drop_index(op.f("ix__claim_encounter_id"), table_name="claim")
    op.drop_index("ix__claim__state", table_name="claim")
    op.drop_index("ix__claim__payer_claim_number", table_name="claim")
    op.drop_index("ix__claim__patient_id", table_name="claim")
    op.drop_table("claim")
    op.drop_table("charge")
    op.drop_index(op.f("ix__card_payment_statement_id"), table_name="card_payment")
    op.drop_table("card_payment")
    op.drop_index(op.f("ix__wait_entry_patient_id"), table_name="wait_entry")
    op.drop_index("ix__wait_entry__open", table_name="wait_entry", postgresql_where=sa.text("state = 'open'"))
    op.drop_table("wait_entry")
    op.drop_index(op.f("ix__visit_link_appointment_id"), table_name="visit_link")
    op.drop_table("visit_link")
    op.drop_index(op.f("ix__task_patient_id"), table_name="task")
    op.drop_index(op.f("ix__task_appointment_id"), table_name="task")
    op.drop_index("ix__task__open", table_name="task", postgresql_where="state = 'open'")
    op.drop_table("task")
    op.drop_index(op.f("ix__receipt_patient_id"), table_name="receipt")
    op.drop_index(op.f("ix__receipt_guarantor_id"), table_name="receipt")
    op.drop_index(op.f("ix__receipt_drawer_id"), table_name="receipt")
    op.drop_index(op.f("ix__receipt_appointment_id"), table_name="receipt")
    op.drop_index("ix__receipt__received_on", table_name="receipt")
    op.drop_table("receipt")
    op.drop_index("ix__pinned_visit__appointment_id", table_name="pinned_visit")
    op.drop_table("pinned_visit")
    op.drop_index(op.f("ix__online_request_patient_id"), table_name="online_request")
    op.drop_index(op.f("ix__online_request_hold_id"), table_name="online_request")
    op.drop_index(op.f("ix__online_request_contact_index"), table_name="online_request")
    op.drop_index(op.f("ix__online_request_appointment_id"), table_name="online_request")
    op.drop_index(
        "ix__online_request__waiting", table_name="online_request", postgresql_where="state = 'requested'"
    )
    op.drop_table("online_request")
    op.drop_index(op.f("ix__message_patient_id"), table_name="message")
    op.drop_index(op.f("ix__message_created_at"), table_name="message")
    op.drop_index(op.f("ix__message_appointment_id"), table_name="message")
    op.drop_index("ix__message__to_index_created_at", table_name="message")
    op.drop_table("message")
    op.drop_table("left_unscheduled")
    op.drop_index(op.f("ix__inbound_message_patient_id"), table_name="inbound_message")
    op.drop_index(op.f("ix__inbound_message_from_index"), table_name="inbound_message")
    op.drop_table("inbound_message")
    op.drop_index(op.f("ix__encounter_patient_id"), table_name="encounter")
    op.drop_index("ix__encounter__state_service_on", table_name="encounter")
    op.drop_table("encounter")
    op.drop_index(op.f("ix__eligibility_check_question_file_id"), table_name="eligibility_check")
    op.drop_index(op.f("ix__eligibility_check_appointment_id"), table_name="eligibility_check")
    op.drop_index(op.f("ix__eligibility_check_answer_file_id"), table_name="eligibility_check")
    op.drop_index("ix__eligibility_check__coverage_asked", table_name="eligibility_check")
    op.drop_table("eligibility_check")
    op.drop_index(op.f("ix__check_in_pass_appointment_id"), table_name="check_in_pass")
    op.drop_table("check_in_pass")
    op.drop_index(op.f("ix__authorization_request_question_file_id"), table_name="authorization_request")
    op.drop_index(op.f("ix__authorization_request_coverage_id"), table_name="authorization_request")
    op.drop_index(op.f("ix__authorization_request_authorization_id"), table_name="authorization_request")
    op.drop_index(op.f("ix__authorization_request_appointment_id"), table_name="authorization_request")
    op.drop_index(op.f("ix__authorization_request_answer_file_id"), table_name="authorization_request")
    op.drop_index("ix__authorization_request__state", table_name="authorization_request")
    op.drop_table("authorization_request")
    op.drop_index(op.f("ix__appointment_move_series_change_id"), table_name="appointment_move")
    op.drop_index(op.f("ix__appointment_move_appointment_id"), table_name="appointment_move")
    op.drop_table("appointment_move")
    op.drop_index(op.f("ix__series_change_series_id"), table_name="series_change")
    op.drop_table("series_change")
    op.drop_index(op.f("ix__pay_link_statement_id"), table_name="pay_link")
    op.drop_table("pay_link")
    op.drop_index(op.f("ix__patient_scan_coverage_id"), table_name="patient_scan")
    op.drop_index("ix__patient_scan__patient_id", table_name="patient_scan")
    op.drop_table("patient_scan")
    op.drop_index(op.f("ix__authorization_number_coverage_id"), table_name="authorization_number")
    op.drop_table("authorization_number")
    op.drop_index(
        "uq__appointment__roomed_in",
        table_name="appointment",
        postgresql_where=sa.text("roomed_in_id IS NOT NULL AND status IN ('roomed', 'with_provider')"),
    )
    op.drop_index(op.f("ix__appointment_case_id"), table_name="appointment")
    op.drop_index("ix__appointment__starts_at", table_name="appointment")
    op.drop_index(
        "ix__appointment__series_id", table_name="appointment", postgresql_where="series_id IS NOT NULL"
    )
    op.drop_index("ix__appointment__provider_id_starts_at", table_name="appointment")
    op.drop_index("ix__appointment__patient_id_starts_at", table_name="appointment")
    op.drop_index(
        "ix__appointment__held_until",
        table_name="appointment",
        postgresql_where=sa.text("held_until IS NOT NULL"),
    )
    op.drop_table("appointment")
    op.drop_index(op.f("ix__statement_exclusion_batch_id"), table_name="statement_exclusion")
    op.drop_table("statement_exclusion")
    op.drop_index(op.f("ix__statement_guarantor_id"), table_name="statement")
    op.drop_index(op.f("ix__statement_batch_id"), table_name="statement")
    op.drop_table("statement")
    op.drop_index(op.f("ix__sandbox_claim_member_id"), table_name="sandbox_claim")
    op.drop_index("ix__sandbox_claim__pay_on", table_name="sandbox_claim")
    op.drop_index("ix__sandbox_claim__control_number", table_name="sandbox_claim")
    op.drop_table("sandbox_claim")
    op.drop_index(op.f("ix__provider_adjustment_remittance_id"), table_name="provider_adjustment")
    op.drop_table("provider_adjustment")
    op.drop_index(op.f("ix__coverage_replaces_id"), table_name="coverage")
    op.drop_index(op.f("ix__coverage_payer_id"), table_name="coverage")
    op.drop_index(op.f("ix__coverage_patient_id"), table_name="coverage")
    op.drop_index(op.f("ix__coverage_case_id"), table_name="coverage")
    op.drop_table("coverage")
    op.drop_index(op.f("ix__appointment_series_patient_id"), table_name="appointment_series")
    op.drop_table("appointment_series")
    op.drop_index(op.f("ix__user_session_user_id"), table_name="user_session")
    op.drop_table("user_session")
    op.drop_index(op.f("ix__submission_file_id"), table_name="submission")
    op.drop_table("submission")
    op.drop_table("statement_batch")
    op.drop_index("uq__schedule_block__entry_provider", table_name="schedule_block")
    op.drop_index("ix__schedule_block__provider_starts", table_name="schedule_block")
    op.drop_table("schedule_block")
    op.drop_index("uq__saved_view__user_name", table_name="saved_view")
    op.drop_index("uq__saved_view__first", table_name="saved_view", postgresql_where="opens_first")
    op.drop_table("saved_view")
    op.drop_table("sandbox_member")
    op.drop_index(op.f("ix__remittance_file_id"), table_name="remittance")
    op.drop_index("ix__remittance__state", table_name="remittance")
    op.drop_index("ix__remittance__identity", table_name="remittance")
    op.drop_table("remittance")
    op.drop_index(op.f("ix__recall_patient_id"), table_name="recall")
    op.drop_index(
        "ix__recall__due", table_name="recall", postgresql_where=sa.text("state in ('due', 'contacted')")
    )
    op.drop_table("recall")
    op.drop_table("patient_preference")
    op.drop_index(op.f("ix__patient_merge_survivor_id"), table_name="patient_merge")
    op.drop_index(op.f("ix__patient_merge_merged_id"), table_name="patient_merge")
    op.drop_table("patient_merge")
    op.drop_index(
        "uq__patient_distinction__standing",
        table_name="patient_distinction",
        postgresql_where="taken_back_at is null",
    )
    op.drop_index("ix__patient_distinction__other_id", table_name="patient_distinction")
    op.drop_table("patient_distinction")
    op.drop_index(op.f("ix__patient_contact_patient_id"), table_name="patient_contact")
    op.drop_table("patient_contact")
    op.drop_index(op.f("ix__patient_case_patient_id"), table_name="patient_case")
    op.drop_table("patient_case")
    op.drop_table("missed_visit_terms")
    op.drop_table("fee")
    op.drop_table("drawer")
    op.drop_table("day_close")
    op.drop_index("ix__consent__patient_id_kind", table_name="consent")
    op.drop_table("consent")
    op.drop_index(op.f("ix__calendar_feed_provider_id"), table_name="calendar_feed")
    op.drop_table("calendar_feed")
    op.drop_index(op.f("ix__benefit_order_patient_id"), table_name="benefit_order")
    op.drop_table("benefit_order")
    op.drop_index("ix__audit_event__user_id_at", table_name="audit_event")
    op.drop_index("ix__audit_event__patient_ids", table_name="audit_event", postgresql_using="gin")
    op.drop_index("ix__audit_event__at", table_name="audit_event")
    op.drop_table("audit_event")
    op.drop_table("user_account")
    op.drop_index(op.f("ix__sandbox_plan_edi_id"), table_name="sandbox_plan")
    op.drop_table("sandbox_plan")
    op.drop_index(op.f("ix__reserved_time_provider_id"), table_name="reserved_time")
    op.drop_table("reserved_time")
    op.drop_table("recall_rule")
    op.drop_index(op.f("ix__provider_hours_provider_id"), table_name="provider_hours")
    op.drop_table("provider_hours")
    op.drop_index(op.f("ix__patient_ssn_index"), table_name="patient")
    op.drop_index(op.f("ix__patient_guarantor_id"), table_name="patient")
    op.drop_index(
        "ix__patient__tail_key", table_name="patient", postgresql_ops={"tail_key": "text_pattern_ops"}
    )
    op.drop_index("ix__patient__sound_key", table_name="patient")
    op.drop_index("ix__patient__phone_digits", table_name="patient")
    op.drop_index(
        "ix__patient__name_key", table_name="patient", postgresql_ops={"name_key": "text_pattern_ops"}
    )
    op.drop_index(
        "ix__patient__merged_into_id", table_name="patient", postgresql_where="merged_into_id is not null"
    )
    op.drop_index("ix__patient__born_on", table_name="patient")
    op.drop_table("patient")
    op.drop_table("online_visit_type")
    op.drop_index("ix__hours_exception__on_provider", table_name="hours_exception")
    op.drop_table("hours_exception")
    op.drop_index("ix__file_key__value", table_name="file_key", postgresql_ops={"value": "text_pattern_ops"})
    op.drop_table("file_key")
    op.drop_table("fee_schedule")
    op.drop_table("enrolment")
    op.drop_table("adjustment_rule")
    op.drop_table("zip_place")
    op.drop_index("ix__work__due_at", table_name="work", postgresql_where="state in ('waiting', 'running')")
    op.drop_table("work")
    op.drop_table("wait_policy")
    op.drop_table("visit_type")
    op.drop_index(op.f("ix__stored_file_sha256"), table_name="stored_file")
    op.drop_index("ix__stored_file__kind_created_at", table_name="stored_file")
    op.drop_index(
        "ix__stored_file__exchanged",
        table_name="stored_file",
        postgresql_where=sa.text("direction <> 'made'"),
    )
    op.drop_table("stored_file")
    op.drop_index("ix__sign_in_attempt__subject_at", table_name="sign_in_attempt")
    op.drop_index("ix__sign_in_attempt__address_at", table_name="sign_in_attempt")
    op.drop_table("sign_in_attempt")
    op.drop_table("sandbox_recoupment")
    op.drop_table("sandbox_payer")
    op.drop_table("sandbox_instruction")
    op.drop_table("sandbox_file")
    op.drop_table("sandbox_fee")
    op.drop_table("sandbox_counter")
    op.drop_index(op.f("ix__sandbox_answer_delivered_at"), table_name="sandbox_answer")
    op.drop_table("sandbox_answer")
    op.drop_table("room")
    op.drop_table("rendering_provider")
    op.drop_table("reminder_text")
    op.drop_table("reminder_rule")
    op.drop_table("reminder_policy")
    op.drop_table("rehearsal_clock")
    op.drop_table("processor_event")
    op.drop_index(op.f("ix__procedure_code"), table_name="procedure")
    op.drop_table("procedure")
    op.drop_table("practice")
    op.drop_table("payer")
    op.drop_index(op.f("ix__opt_out_address_index"), table_name="opt_out")
    op.drop_table("opt_out")
    op.drop_table("online_policy")
    op.drop_table("listed_code")
    op.drop_table("guarantor")
    op.drop_table("exempt_service")
    op.drop_table("device")
    op.drop_table("control_number")
    op.drop_index("ix__code_pair__codes", table_name="code_pair")
    op.drop_table("code_pair")
    op.drop_table("clinic_closure")
    op.drop_index(op.f("ix__add_on_code"), table_name="add_on")
    op.drop_table("add_on")
