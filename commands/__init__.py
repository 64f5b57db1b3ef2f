"""The commands: each module holds some of them, and none is imported before one of its commands is used.

The catalogue says which commands there are and who holds them; the frame builds the one that was typed.
Actions are built from their models; the questions and the administrator's commands are written out.
"""
