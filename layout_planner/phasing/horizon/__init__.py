"""Which building serves what, in which year: states of buildings over a horizon, priced, searched, and bounded."""
