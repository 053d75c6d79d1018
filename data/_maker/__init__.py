"""How the sample studies are made. Nothing here is part of the package; see ``data/make_samples.py``."""
