"""Results on disk → figures, one HTML page, and the choice of the winner. Runs nothing itself."""
