"""The same document read without the gateway: Flask, one query by the bare driver, the row's bytes as the answer.

No caller is known, nothing is asked, nothing is recorded: it is what the gateway's read is compared with.
"""

import os
import sqlite3
import threading
from typing import Any

import psycopg
from flask import Flask, Response

QUERY = (
    "SELECT d.media_type, d.sha256, c.content FROM dossier_document d JOIN dossier_content c ON c.document_id = d.id"
    " WHERE d.id = "
)


def create_application() -> Flask:
    """The factory the server calls; `BENCH_DATABASE_URL` names the database, one connection a thread."""
    url = os.environ["BENCH_DATABASE_URL"]
    app = Flask(__name__)
    held = threading.local()
    query = QUERY + ("?" if url.startswith("sqlite") else "%s")

    def connection() -> Any:
        if not hasattr(held, "connection"):
            held.connection = _connect(url)
        return held.connection

    @app.get("/documents/<document_id>")
    def document(document_id: str) -> Response:
        media_type, sha256, content = connection().execute(query, (document_id,)).fetchone()
        return Response(bytes(content), content_type=media_type, headers={"ETag": f'"{sha256}"'})

    return app


def _connect(url: str) -> Any:
    if url.startswith("sqlite"):
        return sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    return psycopg.connect(url, autocommit=True, prepare_threshold=1)
