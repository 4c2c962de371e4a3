"""Jobs for workers, asked for over gRPC."""
