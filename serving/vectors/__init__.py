"""Vectors of items and users, and what lies near to one."""
