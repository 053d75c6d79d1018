"""The briefing: plans as one HTML page; web/ draws it and takes the edits. Computes no figure."""
