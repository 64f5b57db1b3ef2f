"""Who is told: the reminder plan, templates, outbox, senders and the scheduler.

The place is kept; the reminders themselves are not built yet.
"""
