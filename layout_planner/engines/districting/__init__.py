"""Dividing a graph into connected districts within windows: exact, by search, and by a Markov chain."""
