"""Yearly admission by rule: who has a claim, who comes first, who is sent on."""
