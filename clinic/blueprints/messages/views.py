"""The outbox, the rules of reminders, the calendar feeds, and what the text service calls."""

from clinic.blueprints.messages import feeds, history, outbox, reminding, webhooks
from clinic.blueprints.messages.blueprint import bp

__all__ = ["bp", "feeds", "history", "outbox", "reminding", "webhooks"]
