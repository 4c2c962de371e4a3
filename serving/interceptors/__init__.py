"""What surrounds every call: telemetry, errors, deadline, tenant; in this order, the first outermost."""
