"""What is done with the documents that were found, one stage to a file; a plain search has none."""
