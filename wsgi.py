"""What gunicorn runs: `gunicorn wsgi:application`."""

from clinic import app, config

application = app.start(config.from_environment())
