"""The blueprint of wait list, recalls and visits to make up."""

from flask import Blueprint

bp = Blueprint("waiting", __name__, url_prefix="/waiting")
