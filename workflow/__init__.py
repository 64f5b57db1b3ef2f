"""What happens: actions, tables, one transaction, the journal, queries and settings."""
