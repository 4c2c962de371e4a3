"""What surrounds every call: telemetry, errors, deadline, auth, tenant, limits, admission; the first is outermost."""
