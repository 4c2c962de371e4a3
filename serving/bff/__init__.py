"""The answering side: the pipeline of named stages and the service in front of it."""
