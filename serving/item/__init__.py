"""ItemService: the catalogue, read and changed."""
