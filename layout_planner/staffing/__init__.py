"""Staffing: posts, teachers, exchange, and the evaluation by the resource standards."""
