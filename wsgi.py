"""What a WSGI server runs: `gunicorn wsgi:app`."""

from gridgov.app import create_app

app = create_app()
