"""Pictures and papers. Computes no figure."""
