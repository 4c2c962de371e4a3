"""The HTTP entry: JSON in, gRPC behind, the same answers and the same refusals."""
