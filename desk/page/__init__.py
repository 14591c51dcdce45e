"""The page behind the buttons of an alert: it asks first, and only a pressed button does anything.

In: requests, each with a signed link. Out: a page, and what its reader has pressed, in the archive.
"""
