"""Who is told: the reminder plan, digests, outbox, senders and the scheduler."""
