"""What surrounds every call: telemetry, errors, deadline, auth, tenant, limits; in this order, the first outermost."""
