"""Phasing: which edit takes place in which year."""
