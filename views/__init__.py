"""What people see: words in two languages, and screens.

Views turn results into text. They read facts, policies and results, change nothing, and never reach the
database. Nothing that stands in a record gets to a terminal unfiltered (``views/terminal.py``).
"""
