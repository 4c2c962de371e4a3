"""The past, replayed in one process: agents' folds make the tables, serving's pipeline answers from them."""
