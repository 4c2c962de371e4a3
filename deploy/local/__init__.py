"""The embedded stack: Kafka, a schema registry and Milvus Lite as child processes, without Docker or root."""
