"""Version 1 of the contract. Generated modules are committed; a test proves that they match the .proto files."""
