"""The papers that leave the office as Word: what they say, and how it gets into a template.

They are official papers and Chinese in either language. The templates beside this module are made by
``make_templates.py`` and never by hand.
"""
