"""What the catalogue announces to the apps above it."""

from django.dispatch import Signal

library_leaving = Signal()
"""Sent before a member library's day of leaving is written.

sender: MemberLibrary · library: MemberLibrary. A listener that knows why it may not leave raises ValidationError with a
sentence for the center.
"""
