"""Catchments (招生片区): whole places to schools, in one piece, with goals, answers and mends."""
