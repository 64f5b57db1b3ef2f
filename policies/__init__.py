"""Whether a case may go there: pure functions from (facts, actor, day) to obstacles.

Nothing here touches a file, a database or the clock.
"""
