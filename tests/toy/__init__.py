"""Toy counties small enough to work out by hand."""
