"""Where a visitor trains a toy: a process of its own for each training, what it tells on the way, and their bounds."""
