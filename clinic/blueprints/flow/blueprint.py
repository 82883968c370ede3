from flask import Blueprint

bp = Blueprint("flow", __name__, url_prefix="/flow")
