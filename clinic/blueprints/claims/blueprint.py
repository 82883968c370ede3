"""The blueprint, apart from the views, so that its two files of views can share it."""

from flask import Blueprint

bp = Blueprint("claims", __name__, url_prefix="/claims")
