"""What gunicorn runs for the bench's reference: `gunicorn clinic.bench.bare_server:application`."""

import os

from sqlalchemy import create_engine

from clinic import clock
from clinic.bench import bare

clock.configure(os.environ["CLINIC_TIMEZONE"])
application = bare.prototype(create_engine(os.environ["DATABASE_URL"], hide_parameters=True))
