"""The pages by which people book a visit themselves, the desk's queue of them, and their rules (A10)."""

from flask import Blueprint

bp = Blueprint("book", __name__)
