"""What surrounds every call: telemetry, errors, deadline, tenant, admission; in this order, the first outermost."""
