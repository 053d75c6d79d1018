"""What the reader of a page may change, worked out as the solver does; web/ runs without a page."""
