"""Engines: arrays in, arrays out. No pandas, no study, no word of the planner's."""
