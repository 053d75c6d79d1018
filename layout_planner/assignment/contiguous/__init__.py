"""The method "contiguous": whole places to schools, within the seats, every zone in one piece."""
