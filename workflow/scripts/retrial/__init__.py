"""What several rules of the pipeline share."""
