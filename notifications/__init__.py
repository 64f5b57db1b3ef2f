"""Who is told: the reminder plan, templates, outbox, senders and the scheduler.

``senders`` hands messages over; the reminders themselves are not built yet.
"""
