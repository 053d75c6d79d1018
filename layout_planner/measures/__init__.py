"""Numbers: distance, load, balance; the scorecard; the comparison."""
