"""Parts of a request that another process does: the same stages, called over gRPC."""
