"""Management districts: division into connected districts, ensembles of lawful divisions, pairs and groups, sharing."""
