"""Side by side with the published record and the peers; never part of the tests."""
