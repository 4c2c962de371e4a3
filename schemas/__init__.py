"""What a record is: Avro schemas, typed records, their codec, keys and rules."""
