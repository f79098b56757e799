"""`app` for gunicorn and the flask command."""

from marketplace.application import create_app

app = create_app()
