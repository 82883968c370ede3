"""The blueprint, apart from the views, so that its files of views can share it."""

from flask import Blueprint

bp = Blueprint("estimates", __name__, url_prefix="/estimates")
