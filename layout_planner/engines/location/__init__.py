"""Where schools should be: facility location on arrays, with a proof."""
