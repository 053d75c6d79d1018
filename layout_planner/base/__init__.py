"""Errors, messages in two languages, progress, atomic writing, digests, cited values. Knows no school."""
