"""The blueprint of messages, reminders and calendar feeds."""

from flask import Blueprint

bp = Blueprint("messages", __name__)
