"""Files of any format as tables of what stands in their cells; no study, no judgement."""
