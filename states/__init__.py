"""What a case is and where it may go: frozen facts, stages, edges, diagrams.

Nothing here touches a file, a database or the clock.
"""
