from flask import Blueprint

bp = Blueprint("visit", __name__, url_prefix="/visit")
