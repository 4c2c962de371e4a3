"""Version 1 of it: generated code, beside the `.proto` files that it comes from."""
