"""What a WSGI server runs: `gunicorn wsgi:app`."""

import logging

from gridgov.app import create_app, installation
from gridgov.faces.limits import counts_apart

app = create_app()
with app.app_context():
    if counts_apart(installation().settings):
        # How many processes there are, only the server knows; each says so once.
        logging.getLogger("gridgov").warning(
            "Rate limits count in each process apart: set GRIDGOV_RATE_STORAGE to a Redis address,"
            " or serve with one worker."
        )
