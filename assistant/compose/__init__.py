"""Composers: one module a family of questions; each returns a ``Draft`` or a ``Refusal``."""
