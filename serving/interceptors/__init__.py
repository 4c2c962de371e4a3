"""What surrounds every call: telemetry, errors, deadline, auth, tenant, limits; the first is outermost."""
