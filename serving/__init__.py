"""Answer from tables: views follow the changelogs, a pipeline of named stages reads them, gRPC carries the answer."""
