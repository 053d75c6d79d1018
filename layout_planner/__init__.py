"""School layout planning for county education bureaus."""
