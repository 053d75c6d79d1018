"""Consolidation: which schools to keep, merge, enlarge, rebuild and open, and what that costs."""
