"""Running a plan: parts of documents, reading, the journal and the writer."""
