"""Alembic's entry point: runs on the connection it is given (``workflow/administration.py``)."""

from alembic import context
from sqlmodel import SQLModel

import workflow.tables  # noqa: F401  (fills the metadata)

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
