"""Alembic migrations, from the first version on."""
