"""Choices: who goes to which school, and with what proof."""
