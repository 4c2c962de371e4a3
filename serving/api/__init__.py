"""The contract: protos and the code generated from them (`make proto`)."""
