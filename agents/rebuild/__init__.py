"""Rebuild: a new generation of all tables, made beside the live one, at full speed; no Faust, no consumer group."""
