"""The blueprint, apart from the views, so that its two files of views can share it."""

from flask import Blueprint

bp = Blueprint("desk", __name__, url_prefix="/schedule")
