"""Assignment: who goes to which school, today and in a what-if, and with what proof."""
